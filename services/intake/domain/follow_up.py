"""The code with which who answered finds the answer again: twenty characters, 100 bits.

Crockford's base 32, so that nothing is misread: no I, L, O, U; small letters, blanks and hyphens do
not matter.
"""

import hashlib
from datetime import timedelta

# As long as an answer is looked at: the year's report and its follow-up a year later.
KEPT = timedelta(days=730)
LENGTH = 20
BYTES = LENGTH * 5 // 8 + 1
_GROUP = 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", " -")


class NoCode(ValueError):
    """Not the text of a code."""


def code_of(secret: bytes) -> str:
    """`BYTES` random bytes as a code; what 100 bits do not need is left out."""
    number = int.from_bytes(secret) >> (len(secret) * 8 - LENGTH * 5)
    signs = [_ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH))]
    return _grouped("".join(signs))


def read_code(text: str) -> str:
    """The code as we write it: `7K3M-9QXT-…`. Raises NoCode."""
    signs = text.upper().translate(_MISREAD)
    if len(signs) != LENGTH or not set(signs) <= set(_ALPHABET):
        raise NoCode
    return _grouped(signs)


def hash_of(code: str) -> bytes:
    """What is kept of a code as we write it: it has too many bits to be guessed from this."""
    return hashlib.sha256(code.encode()).digest()


def _grouped(signs: str) -> str:
    return "-".join(signs[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))
