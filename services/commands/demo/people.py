"""The people of the simulated city: who they are, what they think, what they write."""

from collections.abc import Sequence
from random import Random
from typing import Any

from services.scoring.domain.elements import CODES, HIGHEST, LOWEST

# As in 1,994 real answers, six of ten give one score to everything: nearly half do so whatever they
# think of an element, others because they judge all elements alike.
STRAIGHT = 0.55
_MOOD = 0.5
_NOISE = 0.45
# How people judge each element against the whole of a service.
_LEANING = dict.fromkeys(CODES, 0.0) | {
    "procedure": -0.05,
    "time": -0.2,
    "cost": 0.2,
    "behaviour": 0.1,
    "complaints": 0.05,
    "facilities": -0.1,
}
_COMMENTS = {
    1: ("Lama sekali dan petugasnya tidak ramah.", "Mohon diperbaiki, saya bolak-balik tiga kali."),
    2: ("Antrenya panjang.", "Ruang tunggu panas.", "Informasinya kurang jelas."),
    3: ("Sudah baik, tetapi bisa lebih cepat.", "Cukup baik.", "Tempat parkirnya sempit."),
    4: ("Rancak bana!", "Terima kasih, cepat dan ramah.", "Pelayanan memuaskan."),
}
_COMMENTING = 0.08
_EDUCATION = (
    ("sd", "smp", "sma", "d3", "s1", "s2"),
    (6, 12, 45, 9, 25, 3),
)
_OCCUPATION = (
    ("swasta", "wirausaha", "pelajar", "pns", "lainnya", "tni", "polri"),
    (28, 27, 14, 9, 20, 1, 1),
)


def scores(random: Random, quality: float) -> dict[str, int]:
    """The answers of one person to the nine elements, correlated by mood."""
    mood = random.gauss(quality, _MOOD)
    if random.random() < STRAIGHT:
        return dict.fromkeys(CODES, _score(mood))
    return {code: _score(mood + _LEANING[code] + random.gauss(0, _NOISE)) for code in CODES}


def best() -> dict[str, int]:
    """What a clerk enters who wants his office to shine."""
    return dict.fromkeys(CODES, HIGHEST)


def respondent(random: Random) -> dict[str, Any]:
    """Who answers, as far as volunteered."""
    person: dict[str, Any] = {"sex": random.choice(("female", "male"))}
    if random.random() < 0.9:
        person["age"] = min(80, 17 + int(random.gammavariate(3, 7)))
    if random.random() < 0.85:
        person["education"] = _drawn(random, *_EDUCATION)
        person["occupation"] = _drawn(random, *_OCCUPATION)
    if random.random() < 0.03:
        person["disability"] = "yes"
    return person


def comment(random: Random, given: dict[str, int]) -> str | None:
    """A remark that fits the answers; most people make none."""
    if random.random() >= _COMMENTING:
        return None
    return random.choice(_COMMENTS[round(sum(given.values()) / len(given))])


def _score(opinion: float) -> int:
    return max(LOWEST, min(HIGHEST, round(opinion)))


def _drawn(random: Random, values: Sequence[str], weights: Sequence[int]) -> str:
    return random.choices(values, weights)[0]
