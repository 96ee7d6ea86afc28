"""One Redis Stream entry: exactly one run, in FastStream's format, sealed against forgery.

The entry's id is the run's last sequence, so Redis itself refuses a second publication.
"""

import hashlib
import hmac
from collections.abc import Mapping

from faststream.redis.parser.binary import BinaryMessageFormatV1
from pydantic import SecretStr

from shared.log.run import PackedRun, Run

DATA = b"__data__"
_FIRST, _CHAIN, _SEAL = "first", "chain", "seal"


class ForgedEntry(ValueError):
    """An entry that no relay of ours wrote. The feed has the truth."""


class EntryFormat:
    """Writes runs as entries and reads them back; the key is derived from RANCAK_SERVICE_KEY."""

    def __init__(self, service_key: SecretStr) -> None:
        self._key = hashlib.sha256(
            b"rancak stream entries " + service_key.get_secret_value().encode()
        ).digest()

    async def encode(self, run: PackedRun) -> dict[bytes, bytes]:
        """The fields of the entry for a run."""
        body = await BinaryMessageFormatV1.encode(
            message=run.packed,
            reply_to=None,
            headers={_FIRST: str(run.first), _CHAIN: run.chain, _SEAL: self._seal(run)},
            correlation_id=f"{run.stream}:{run.last}",
        )
        return {DATA: body}

    def decode(self, stream: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Run:
        """The run of an entry. Raises ForgedEntry unless one of our relays wrote it."""
        body, headers = BinaryMessageFormatV1.parse(fields.get(DATA, b""))
        last, _, part = entry_id.partition(b"-")
        first = str(headers.get(_FIRST, ""))
        if not (first.isdecimal() and first.isascii() and last.isdigit() and part == b"0"):
            raise ForgedEntry(f"{stream}: not one of our entries")
        run = PackedRun(stream, int(first), int(last), body, str(headers.get(_CHAIN, "")))
        if not hmac.compare_digest(self._seal(run), str(headers.get(_SEAL, ""))):
            raise ForgedEntry(f"{stream}: wrong seal")
        return run.unpacked()

    def _seal(self, run: PackedRun) -> str:
        place = f"{run.stream} {run.first} {run.last} {run.chain} ".encode()
        return hmac.digest(self._key, place + run.packed, "sha256").hex()
