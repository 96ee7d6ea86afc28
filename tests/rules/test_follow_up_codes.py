"""The code of an answer: hard to guess, easy to type, and never kept."""

import pytest
from pydantic import SecretStr

from services.intake.domain.follow_up import BYTES, NoCode, code_of, hash_of, read_code
from services.intake.usecases.follow_up import FollowUpCodes

CODE = "A0B1-C0D1-E0F1-G0H1-J0K1"


def test_every_bit_of_the_code_counts() -> None:
    assert BYTES * 8 >= 100
    codes = {code_of((1 << bit).to_bytes(BYTES)) for bit in range(BYTES * 8)}

    # The last four of 104 bits are not needed.
    assert len(codes) == 100 + 1
    assert {len(code.replace("-", "")) for code in codes} == {20}


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE} ",
        CODE.replace("1", "I").replace("0", "o"),
        CODE.replace("1", "l"),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "text",
    ["", CODE[:-1], f"{CODE}0", CODE.replace(CODE[0], "U"), CODE.replace("-", "_"), "é" * 20],
)
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(NoCode):
        read_code(text)


def test_the_code_follows_from_the_answer_and_the_secret_alone() -> None:
    codes, others = (FollowUpCodes(SecretStr(sign * 32)) for sign in "st")

    assert codes.issue("a") == codes.issue("a")
    assert len({codes.issue("a"), codes.issue("b"), others.issue("a")}) == 3
    assert codes.issue("a").encode() not in hash_of(codes.issue("a"))
