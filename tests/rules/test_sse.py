"""The stream of Server-Sent Events: order, heartbeats, ends."""

from collections.abc import AsyncIterator, Awaitable, Callable

from shared.sse import Bell, Message, Page, event_stream, render, reset


def pages(log: list[Message]) -> Callable[[int], Awaitable[Page[int]]]:
    async def read_after(position: int) -> Page[int]:
        found = log[position : position + 2]
        reached = position + len(found)
        return Page(found, reached, log[reached - 1].id if reached else None)

    return read_after


def messages(count: int) -> list[Message]:
    return [Message(f"s:{n}", "t", b"{}") for n in range(1, count + 1)]


async def take(stream: AsyncIterator[bytes], count: int) -> list[bytes]:
    return [await anext(stream) for _ in range(count)]


async def test_it_begins_with_where_the_reader_stands() -> None:
    stream = event_stream(pages([]), Page((), 0, "s:7"), Bell())

    assert await take(stream, 1) == [b"retry: 2000\nid: s:7\n\n"]


async def test_a_reset_comes_before_everything_else() -> None:
    start = Page([reset("s:2", "position_unknown")], 1, "s:2")
    stream = event_stream(pages(messages(3)), start, Bell())

    assert await take(stream, 3) == [
        b"retry: 2000\nid: s:2\n\n",
        b'id: s:2\nevent: reset\ndata: {"reason":"position_unknown"}\n\n',
        b"id: s:2\nevent: t\ndata: {}\n\n",
    ]


async def test_page_after_page_is_sent_and_then_whatever_a_ring_announces() -> None:
    log, bell = messages(5), Bell()
    stream = event_stream(pages(log), Page((), 0, None), bell)
    await take(stream, 1)

    assert await take(stream, 5) == [render(message) for message in log]
    log.append(Message("s:6", "t", b"{}"))
    bell.ring()
    assert await anext(stream) == render(log[5])


async def test_a_ring_between_reading_and_waiting_is_heard() -> None:
    log, bell = messages(0), Bell()
    reads = pages(log)

    async def read_and_ring(position: int) -> Page[int]:
        page = await reads(position)
        if not log:
            log.append(Message("s:1", "t", b"{}"))
            bell.ring()
        return page

    stream = event_stream(read_and_ring, Page((), 0, None), bell)
    await take(stream, 1)

    assert await anext(stream) == render(log[0])


async def test_silence_is_filled_with_heartbeats_that_remember_the_place() -> None:
    log = messages(1)
    stream = event_stream(pages(log), Page((), 1, None), Bell(), heartbeat_s=0.01)

    assert await take(stream, 3) == [
        b"retry: 2000\n\n",
        b": heartbeat\nid: s:1\n\n",
        b": heartbeat\n\n",
    ]


async def test_who_is_not_welcome_any_more_is_let_go_with_the_next_heartbeat() -> None:
    async def welcome() -> bool:
        return False

    stream = event_stream(
        pages([]), Page((), 0, None), Bell(), heartbeat_s=0.01, still_welcome=welcome
    )

    assert [piece async for piece in stream] == [b"retry: 2000\n\n"]


async def test_trouble_that_will_pass_ends_the_stream_quietly() -> None:
    async def fail(_: int) -> Page[int]:
        raise OSError

    stream = event_stream(fail, Page((), 0, None), Bell(), ends_on=(OSError,))

    assert [piece async for piece in stream] == [b"retry: 2000\n\n"]


def test_data_of_several_lines_stays_one_message() -> None:
    assert render(Message("s:1", "t", b"a\nb\r\nc")) == (
        b"id: s:1\nevent: t\ndata: a\ndata: b\ndata: c\n\n"
    )
    assert render(Message("s:1", "t", b"")) == b"id: s:1\nevent: t\ndata: \n\n"
