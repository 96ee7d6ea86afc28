"""Upper bound of single posts: reads the body and answers as many bytes as intake does."""

from starlette.types import Receive, Scope, Send

ANSWER = (
    b'{"results":[{"id":"skm-0000000000000","status":"accepted","stream":"feedback.3",'
    b'"sequence":1000000}]}'
)
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(ANSWER)).encode()),
]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Checks nothing and stores nothing."""
    if scope["type"] != "http":
        return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})
