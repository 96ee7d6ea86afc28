"""Stylesheet, scripts and pictures: named by content and kept for ever; colours in contrast."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from shared.web.assets import FOLDER, Assets

LIGHT, DARK = "light", "dark"
# What is read on what: WCAG 2.2 AA wants 4.5 to 1 for text, 3 to 1 for edges, marks and focus.
READ_ON = (
    ("ink", "paper"),
    ("ink", "raised"),
    ("quiet", "paper"),
    ("quiet", "raised"),
    ("accent", "paper"),
    ("accent", "raised"),
    ("on-accent", "accent"),
    ("wrong", "paper"),
    ("ink", "wrong-paper"),
    ("accent", "wrong-paper"),
    ("on-band", "band"),
)
SEEN_ON = (
    ("edge", "paper"),
    ("edge", "raised"),
    ("fill", "paper"),
    ("fill", "track"),
    ("gold", "band"),
    ("wrong", "wrong-paper"),
)


async def get(assets: Assets, url: str) -> httpx.Response:
    """One request to an app that serves the assets."""
    app = FastAPI()
    app.include_router(assets.router())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://inside"
    ) as client:
        return await client.get(url)


async def test_a_file_is_kept_for_ever_under_the_name_of_its_content() -> None:
    assets = Assets()
    for file in FOLDER.iterdir():
        found = await get(assets, assets.url(file.name))
        assert found.status_code == 200
        assert "immutable" in found.headers["cache-control"]


def test_another_content_has_another_name_also_when_only_a_picture_changed(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.svg").write_text("<svg/>")
    (tmp_path / "a.css").write_text('p { mask: url("a.svg"); }')
    before = Assets(tmp_path)
    (tmp_path / "a.svg").write_text("<svg> </svg>")
    after = Assets(tmp_path)

    assert before.url("a.svg") != after.url("a.svg")
    assert before.url("a.css") != after.url("a.css")


async def test_a_name_of_another_version_gets_todays_file_but_not_for_ever() -> None:
    found = await get(Assets(), "/assets/rancak.000000000000.css")

    assert found.status_code == 200
    assert found.headers["cache-control"] == "no-cache"


def test_the_stylesheet_names_pictures_of_ours_only() -> None:
    style = (FOLDER / "rancak.css").read_text()

    for reference in re.findall(r"url\(([^)]*)\)", style):
        assert (FOLDER / reference.strip('"')).exists()
    assert "@import" not in style
    assert "@font-face" not in style
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_colours_can_be_told_apart_in_both_schemes(scheme: str) -> None:
    colours = _colours(scheme)

    for pairs, least in ((READ_ON, 4.5), (SEEN_ON, 3.0)):
        for front, back in pairs:
            contrast = _contrast(colours[front], colours[back])
            assert contrast >= least, f"{front} on {back}: {contrast:.2f}"


def _colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", (FOLDER / "rancak.css").read_text(), re.DOTALL)
    named = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return named[0] if scheme == LIGHT else {**named[0], **named[1]}


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
