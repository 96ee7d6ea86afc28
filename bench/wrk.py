"""wrk as the generator of single events: a Lua script, bodies made beforehand, unique ids."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.city import AGENCIES, Citizens, Template, counts_up
from bench.load import head_of
from bench.processes import Died

CONNECTIONS = 64
HOW_TO_GET_IT = "wrk is not installed (Debian: apt-get install wrk)"
_BODIES = 2_000
_COUNTED, _UUID7 = "skm-%013d", "01990000-0000-7000-8000-%012x"
_SCRIPT = """
local heads, ids, tails = {{}}, {{}}, {{}}
{bodies}
local number = {first}
request = function()
  number = number + 1
  local at = number % #heads + 1
  return heads[at] .. string.format(ids[at], number) .. tails[at]
end
done = function(summary, latency)
  io.write(string.format(
    '\\nREPORT {{"requests":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"max_ms":%f,"failed":%d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status
    + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


class Report(msgspec.Struct, frozen=True):
    """What a generator of single events saw. `failed`: refused, cut off or timed out."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failed: int


def is_installed() -> bool:
    """Whether there is a wrk."""
    return shutil.which("wrk") is not None


def write_script(path: Path, *, port: int, keys: dict[str, str], run: int) -> None:
    """The Lua script of one run; ids of different runs differ."""
    citizens = Citizens(run)
    templates = [citizens.single(AGENCIES[n % len(AGENCIES)]) for n in range(_BODIES)]
    lines = [_lua(template, port, keys[template.agency]) for template in templates]
    path.write_text(_SCRIPT.format(bodies="\n".join(lines), first=run * 10**9))


async def start(script: Path, *, port: int, seconds: float) -> asyncio.subprocess.Process:
    """A running wrk; `report_of` waits for its end."""
    return await asyncio.create_subprocess_exec(
        "wrk",
        "--threads=1",
        f"--connections={CONNECTIONS}",
        f"--duration={max(1, round(seconds))}s",
        f"--script={script}",
        f"http://127.0.0.1:{port}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


async def report_of(process: asyncio.subprocess.Process) -> Report:
    """What it saw. It is killed when the waiting is cancelled."""
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    found = [line for line in output.decode().splitlines() if line.startswith("REPORT ")]
    if not found:
        raise Died(f"wrk gave no report: {output[-500:].decode(errors='replace')}")
    return msgspec.json.decode(found[0].removeprefix("REPORT "), type=Report)


def _lua(template: Template, port: int, key: str) -> str:
    """One body: a Lua string literal is close enough to a JSON one for ASCII."""
    id_format = _COUNTED if counts_up(template.agency) else _UUID7
    before, after = template.glue
    length = len(before) + len(id_format % 0) + len(after)
    head = head_of("/v1/events", port, key, "application/cloudevents+json")
    parts: Sequence[str] = (
        (head + b"%d\r\n\r\n" % length + before).decode(),
        id_format,
        after.decode(),
    )
    tables = ("heads", "ids", "tails")
    return " ".join(f"{t}[#{t}+1]={json.dumps(p)}" for t, p in zip(tables, parts, strict=True))
