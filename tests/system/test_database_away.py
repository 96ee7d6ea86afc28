"""P4: while PostgreSQL is away every post is refused at once, and nothing of it is accepted."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.servers import free_port
from shared import database
from shared.database import KEEPALIVE_S
from tests.events import answer
from tests.processes import Processes, processes
from tests.running import Rancak
from tests.system.fast_path import carries_all
from tests.system.hanging import postgres_hangs
from tests.system.proxy import SilentLink, silent_link
from tests.system.sender import STREAM, logged_after
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERED_S = 2.5  # promised are 2 s; the client shares two cores with all servers
RED_S = 10
NORMAL_S = 5
POSTERS = 3
REFUSED = 2 * POSTERS  # the second round finds no connection left to lose
PAUSE_S = 0.05


@dataclass(frozen=True)
class Post:
    """One answer that was posted once, and how it was answered."""

    event_id: str
    began: float
    ended: float
    status: int
    retry_after: str | None


@dataclass(frozen=True)
class Linked:
    """Intake and scoring as processes; intake's PostgreSQL lies behind a link."""

    system: Processes
    link: SilentLink

    @property
    def rancak(self) -> Rancak:
        """The system's short words."""
        return self.system.rancak


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def linked() -> AsyncIterator[Linked]:
    port = free_port()
    async with (
        processes("scoring", intake_database_port=port) as system,
        silent_link(port, system.servers.postgres.port) as link,
    ):
        await system.start("intake")
        await system.rancak.register("dpmptsp", "nib")
        yield Linked(system, link)


@asynccontextmanager
async def stopped(linked: Linked) -> AsyncIterator[None]:
    """PostgreSQL has ended: connections are cut, new ones refused."""
    postgres = linked.system.servers.postgres
    await asyncio.to_thread(postgres.stop)
    yield
    postgres.start()


@asynccontextmanager
async def hung(linked: Linked) -> AsyncIterator[None]:
    """PostgreSQL stands still: connections are open, nothing is answered."""
    child = linked.system.servers.postgres.child
    assert child is not None and child.process is not None
    with postgres_hangs(child.process.pid):
        yield


@asynccontextmanager
async def silent(linked: Linked) -> AsyncIterator[None]:
    """The way to PostgreSQL swallows every byte; what was connected before is lost."""
    linked.link.fall_silent()
    yield
    assert linked.link.swallowed > 0, "void: nothing was swallowed"
    linked.link.speak_again()


@pytest.mark.parametrize("away", [stopped, hung, silent])
async def test_posts_are_refused_at_once_and_not_accepted_while_the_database_is_away(
    linked: Linked, away: Callable[[Linked], AbstractAsyncContextManager[None]]
) -> None:
    rancak, posts = linked.rancak, list[Post]()
    before = await head(rancak)
    async with posting(rancak, posts):
        await wait_until(lambda: any(post.status == 202 for post in posts), "an accepted post")
        async with away(linked):
            gone = time.monotonic()
            await is_noticed(rancak, posts, gone)
            back = time.monotonic()
        await is_normal_again(linked, posts, back)

    assert [post for post in posts if not is_well_answered(post)] == []
    inside = [post for post in posts if gone < post.began and post.ended < back]
    assert {post.status for post in inside} == {503}, "void: the database was not away"
    logged = set(await logged_after(rancak, before))
    accepted = {post.event_id for post in posts if post.status == 202}
    assert accepted <= logged, "acknowledged events are lost"
    assert logged <= {post.event_id for post in posts}
    assert not logged & {post.event_id for post in inside}, "refused events were accepted"
    await rancak.counted(before + len(logged), timeout=30)


async def is_noticed(rancak: Rancak, posts: list[Post], gone: float) -> None:
    """Intake's health is red, and posts that began since then were answered."""
    await wait_until(lambda: is_red(rancak), "/readyz to be red", timeout=RED_S)
    await wait_until(
        lambda: len([post for post in posts if post.began > gone]) >= REFUSED,
        "posts to be refused",
    )


async def is_normal_again(linked: Linked, posts: list[Post], back: float) -> None:
    """In time: a post is accepted, the health is green."""
    began = time.monotonic()
    await wait_until(
        lambda: posts[-1].status == 202 and posts[-1].began > back,
        "a post to be accepted again",
        timeout=NORMAL_S,
    )
    await linked.system.ready("intake", timeout=began + NORMAL_S - time.monotonic())


async def test_posts_that_name_an_unknown_service_are_refused_at_once_too(linked: Linked) -> None:
    posts = list[Post]()
    async with silent(linked), asyncio.TaskGroup() as clients:
        for _ in range(REFUSED):
            clients.create_task(_post(linked.rancak, posts, service="dpmptsp.unknown"))

    assert [post for post in posts if not is_well_answered(post)] == []
    assert {post.status for post in posts} == {503}, "void: the database was not away"


async def test_answers_come_through_redis_again_after_a_silent_link(linked: Linked) -> None:
    await carries_all(linked.system, timeout=30)  # else no leader is there to be lost
    async with silent(linked):
        await wait_until(lambda: is_red(linked.rancak), "/readyz to be red", timeout=RED_S)
    await linked.system.ready("intake", timeout=NORMAL_S)

    await carries_all(linked.system, timeout=30)


async def test_every_session_lets_the_server_notice_that_its_client_is_gone(
    linked: Linked,
) -> None:
    for service in ("intake", "scoring", "notify"):
        engine = database.engine(linked.system.servers.postgres.url(service), pool=1)
        async with engine.connect() as connection:
            idle = await connection.scalar(text("SHOW tcp_keepalives_idle"))
        await engine.dispose()
        assert idle == str(KEEPALIVE_S)


def is_well_answered(post: Post) -> bool:
    """Accepted, or refused with the time to come back; never late."""
    refused = post.status == 503 and post.retry_after is not None
    return (refused or post.status == 202) and post.ended - post.began <= ANSWERED_S


@asynccontextmanager
async def posting(rancak: Rancak, posts: list[Post]) -> AsyncIterator[None]:
    """Several clients post until the block ends, each answer once."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as clients:
        for _ in range(POSTERS):
            clients.create_task(_post_until(over, rancak, posts))
        try:
            yield
        finally:
            over.set()


async def _post_until(over: asyncio.Event, rancak: Rancak, posts: list[Post]) -> None:
    while not over.is_set():
        await _post(rancak, posts)
        await asyncio.sleep(PAUSE_S)


async def _post(rancak: Rancak, posts: list[Post], service: str = "dpmptsp.nib") -> None:
    event, began = answer(service=service), time.monotonic()
    found = await rancak.post(event)
    again = found.headers.get("retry-after")
    posts.append(Post(event["id"], began, time.monotonic(), found.status_code, again))


async def is_red(rancak: Rancak) -> bool:
    """Whether intake says that its database is away."""
    ready = await rancak.http.get(rancak.urls["intake"] + "/readyz")
    return ready.status_code == 503 and ready.json()["checks"]["database"] != "ok"


async def head(rancak: Rancak) -> int:
    """How many answers the log holds."""
    return int((await rancak.streams())[STREAM]["head"])
