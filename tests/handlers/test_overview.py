"""The index of many units at once, and who answered."""

from sqlalchemy.ext.asyncio import AsyncEngine

from services.scoring.domain import period, scope
from services.scoring.domain.elements import SERIES
from services.scoring.domain.scope import Kind
from services.scoring.store import profile
from services.scoring.usecases.public import overview
from tests.handlers.counting import PERFECT, WORST, Counting, answer


async def test_an_overview_lists_every_registered_unit_with_its_pooled_index(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.register(
        agencies=["a", "b", "silent"], services=["a.x", "a.y", "b.x"], places=["mpp"]
    )
    await scoring.count(
        *[answer("a.x", PERFECT, place="mpp")] * 10,
        *[answer("a.x", PERFECT)] * 10,
        *[answer("a.y", WORST, place="mpp")] * 10,
        *[answer("b.x", WORST)] * 10,
    )
    await scoring.publish()
    year = period.parse("2026")

    async with engine.connect() as connection:
        agencies = await overview(connection, Kind.AGENCY, year)
        services = await overview(connection, Kind.SERVICE, year, scope.parse("agency:a"))
        at_place = await overview(connection, Kind.SERVICE, year, scope.parse("place:mpp"))
        places = await overview(connection, Kind.PLACE, year)

    assert [(unit.code, unit.n, unit.index, unit.letter) for unit in agencies] == [
        ("a", 30, "75", "C"),
        ("b", 10, "25", "D"),
        ("silent", None, None, None),
    ]
    assert [(unit.name, unit.n) for unit in services] == [("A.X", 20), ("A.Y", 10)]
    assert [(unit.code, unit.index) for unit in at_place] == [("a.x", "100"), ("a.y", "25")]
    assert [(unit.code, unit.n) for unit in places] == [("mpp", 20)]


async def test_a_profile_counts_what_respondents_told(
    scoring: Counting, engine: AsyncEngine
) -> None:
    await scoring.count(
        answer(respondent={"sex": "female", "age": 34, "education": "s1"}),
        answer(respondent={"sex": "female", "age_band": "over_65"}, series="open"),
        answer(),
    )

    async with engine.connect() as connection:
        all_of_them = await profile.read(connection, scope.CITY, period.parse("2026"), SERIES)
        opened = await profile.read(connection, scope.CITY, period.parse("2026-09"), ["open"])

    assert all_of_them["sex"] == {"female": 2, "male": 0}
    assert (all_of_them["age"]["26_35"], all_of_them["age"]["over_65"]) == (1, 1)
    assert sum(all_of_them["education"].values()) == 1
    assert (opened["sex"]["female"], opened["age"]["26_35"]) == (1, 0)
