"""Query: the city's index of a year over HTTP, with a year of every service's days in the rollups."""

import asyncio
import time
from collections.abc import Sequence

import msgspec

from bench.city import SERVICES, YEAR
from bench.load import exchange
from bench.options import Options
from bench.results import Measure, Row, row
from bench.world import World, world
from services.scoring.domain.fold import SCORE_COLUMNS

NAME = "query"
SERIES = ("agency", "assisted")
WHAT = (
    f"GET /v1/index of the city and a year, {len(SERVICES):,} services × 365 days × "
    f"{len(SERIES)} series of rollups"
)
P99_MS = 30
PATH = f"/v1/index?scope=city&period={YEAR}"
_DAYS = 365
_MOST = 50_000
