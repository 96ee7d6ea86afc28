"""How a command finds its Rancak, and what it tells when that fails."""

from pathlib import Path

import httpx
import pytest
import typer

from services.commands.client import Client, Endpoint, explain, find_endpoint

LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder as `make up` leaves it."""
    hidden = tmp_path / ".rancak"
    hidden.mkdir()
    (hidden / "endpoint.json").write_text(f'{{"url":"{LOCAL}","key_file":"admin.key"}}')
    (hidden / "admin.key").write_text("rk_live_local\n")
    return tmp_path


def client_that_answers(status: int, body: bytes, **headers: str) -> Client:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body, headers=headers))
    return Client(Endpoint(LOCAL), httpx.Client(transport=transport, base_url=LOCAL))


def test_the_file_of_make_up_is_found_from_anywhere_below(checkout: Path) -> None:
    below = checkout / "some" / "folder"
    below.mkdir(parents=True)

    assert find_endpoint({}, below) == Endpoint(LOCAL, "rk_live_local")


def test_the_environment_wins(checkout: Path) -> None:
    elsewhere = {"RANCAK_URL": "https://rancak.example", "RANCAK_KEY": "rk_live_other"}

    assert find_endpoint(elsewhere, checkout) == Endpoint("https://rancak.example", "rk_live_other")
    assert find_endpoint({"RANCAK_KEY": "mine"}, checkout) == Endpoint(LOCAL, "mine")
    assert find_endpoint({"RANCAK_URL": LOCAL + "/"}, checkout) == Endpoint(
        LOCAL + "/", "rk_live_local"
    )


def test_the_local_key_never_travels_to_another_machine(checkout: Path) -> None:
    found = find_endpoint({"RANCAK_URL": "https://rancak.example"}, checkout)

    assert found == Endpoint("https://rancak.example", None)


def test_without_either_there_is_none(tmp_path: Path) -> None:
    assert find_endpoint({}, tmp_path) is None


def test_a_broken_file_says_what_to_do(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / ".rancak" / "endpoint.json").write_text("{")

    with pytest.raises(typer.Exit):
        find_endpoint({}, checkout)

    assert "make up" in capsys.readouterr().err


def test_a_refusal_names_each_fault_and_what_to_do() -> None:
    body = b'{"title":"Data tidak sah","errors":[{"pointer":"/data/series","code":"not_allowed"}]}'

    assert explain(httpx.Response(422, content=body)) == (
        "422 Data tidak sah\n  /data/series: not_allowed"
    )
    assert "RANCAK_KEY" in explain(httpx.Response(401, content=b"{}"))
    assert "7 seconds" in explain(httpx.Response(503, headers={"retry-after": "7"}))
    assert explain(httpx.Response(502, content=b"<html>")) == "502 Bad Gateway"


def test_an_answer_that_is_not_rancaks_ends_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit):
        client_that_answers(200, b"<html>").get("/v1/index")

    assert "RANCAK_URL" in capsys.readouterr().err


def test_a_good_answer_is_decoded_and_a_refusal_can_be_looked_at() -> None:
    assert client_that_answers(200, b'{"n":1}').get("/v1/index") == {"n": 1}
    assert client_that_answers(409, b"{}").try_send("PUT", "/v1/agencies/a").status_code == 409
