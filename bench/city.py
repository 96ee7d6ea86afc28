"""The city that every row of the benchmark measures: who asks, who answers, and how.

60 agencies with 20 services each. Answers are skewed like those of real surveys: about half give
one score to all nine elements, mostly 4. Half of the agencies count their ids up, the others use
UUID version 7. One event is about 480 bytes of JSON.
"""

import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from shared.contracts.feedback import SUBMITTED, Answers

AGENCIES = tuple(f"dinas-{number:02}" for number in range(60))
SERVICES_EACH = 20
SERVICES = tuple(
    f"{agency}.layanan-{number:02}" for agency in AGENCIES for number in range(SERVICES_EACH)
)
PLACE = "mpp"
YEAR, DAY, LATE_DAY = "2025", "2025-09-15", "2025-09-12"
BATCH = 500
DESCRIPTION = (
    "60 agencies × 20 services, half of them at one place; 90 % of the answers sent by the agency, "
    "10 % entered by its staff; 95 % of one day, 5 % three days late; nine scores skewed like real "
    "surveys; respondents with sex, age, education, occupation; half of the agencies count their "
    "ids up, half use UUID version 7; about 480 bytes an event"
)

_ELEMENTS = Answers.__struct_fields__
_STRAIGHT = 0.5
_SCORES, _WEIGHTS = (4, 3, 2, 1), (62, 30, 6, 2)
_ANSWERS_KNOWN, _RESPONDENTS_KNOWN = 100_000, 20_000


@dataclass(frozen=True, slots=True)
class Template:
    """A body without its event ids: they go between the pieces of `glue`."""

    agency: str
    glue: tuple[bytes, ...]

    @property
    def events(self) -> int:
        """How many events the body has."""
        return len(self.glue) - 1

    def body(self, ids: Sequence[bytes]) -> bytes:
        """The body with these ids."""
        pieces = [b""] * (2 * self.events + 1)
        pieces[0::2] = self.glue
        pieces[1::2] = ids
        return b"".join(pieces)


class Citizens:
    """Makes events of made-up citizens; the same seed gives the same events, ids apart."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._answers = [self._nine_scores() for _ in range(_ANSWERS_KNOWN)]
        self._respondents = [self._respondent() for _ in range(_RESPONDENTS_KNOWN)]

    def batch(self, agency: str, events: int = BATCH) -> Template:
        """A batch (a JSON array) of one agency."""
        first, *others = (self._around_id(agency) for _ in range(events))
        glue = [b"[" + first[0]]
        end = first[1]
        for before, after in others:
            glue.append(end + b"," + before)
            end = after
        return Template(agency, (*glue, end + b"]"))

    def single(self, agency: str) -> Template:
        """One event of an agency, as a body of its own."""
        return Template(agency, self._around_id(agency))

    def batches(self, how_many: int, events: int = BATCH) -> list[Template]:
        """Batches of all agencies in turn."""
        return [self.batch(AGENCIES[n % len(AGENCIES)], events) for n in range(how_many)]

    def _around_id(self, agency: str) -> tuple[bytes, bytes]:
        draw = self._random
        number = draw.randrange(SERVICES_EACH)
        data = (
            f'{{"service":"{agency}.layanan-{number:02}",'
            + (f'"place":"{PLACE}",' if number % 2 else "")
            + f'"series":"{"assisted" if draw.random() < 0.1 else "agency"}",'
            f'"answers":{draw.choice(self._answers)},'
            f'"respondent":{draw.choice(self._respondents)}}}'
        )
        day = LATE_DAY if draw.random() < 0.05 else DAY
        clock = f"{draw.randrange(8, 16):02}:{draw.randrange(60):02}:{draw.randrange(60):02}"
        after = (
            f'","source":"/agencies/{agency}","type":"{SUBMITTED}","time":"{day}T{clock}+07:00",'
            f'"datacontenttype":"application/json","data":{data}}}'
        )
        return b'{"specversion":"1.0","id":"', after.encode()

    def _nine_scores(self) -> str:
        draw = self._random
        if draw.random() < _STRAIGHT:
            scores = [4 if draw.random() < 0.8 else 3] * len(_ELEMENTS)
        else:
            scores = draw.choices(_SCORES, _WEIGHTS, k=len(_ELEMENTS))
        return msgspec.json.encode(dict(zip(_ELEMENTS, scores, strict=True))).decode()

    def _respondent(self) -> str:
        draw = self._random
        known = {
            "sex": draw.choice(("female", "male")),
            "age": min(85, max(17, int(draw.gauss(36, 12)))),
            "education": draw.choices(("smp", "sma", "d3", "s1", "s2"), (4, 50, 8, 36, 2))[0],
            "occupation": draw.choices(
                ("wirausaha", "lainnya", "swasta", "pns", "pelajar"), (36, 26, 20, 11, 7)
            )[0],
        }
        return msgspec.json.encode(known).decode()


class Ids:
    """Event ids that were never given before; users with different `run` get different ones."""

    def __init__(self, run: int) -> None:
        self._counters = {agency: itertools.count(run * 10**9) for agency in AGENCIES}

    def take(self, agency: str, how_many: int) -> list[bytes]:
        """New ids of an agency, in ascending order."""
        if counts_up(agency):
            counter = self._counters[agency]
            return [b"skm-%013d" % next(counter) for _ in range(how_many)]
        return list(_uuid7s(how_many))


def counts_up(agency: str) -> bool:
    """Whether an agency numbers its events, or uses UUID version 7."""
    return int(agency[-2:]) % 2 == 0


def _uuid7s(how_many: int) -> Iterator[bytes]:
    milliseconds = int(time.time() * 1000)
    head = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7"
    noise = os.urandom(9 * how_many).hex()
    for at in range(0, len(noise), 18):
        part = noise[at : at + 18]
        yield f"{head}{part[:3]}-8{part[3:6]}-{part[6:]}".encode()
