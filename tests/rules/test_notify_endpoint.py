"""Which URLs are accepted for webhooks, and how they are taken apart."""

import pytest

from services.notify.domain.endpoint import LONGEST_URL, Endpoint, EndpointRefused, endpoint_of

REFUSED = {
    "http://example.com/": "https_required",
    "HTTP://example.com/": "https_required",
    "ftp://example.com/": "https_required",
    "file:///etc/passwd": "https_required",
    "gopher://example.com:443/": "https_required",
    "//example.com/": "https_required",
    "example.com/hook": "https_required",
    "": "invalid_format",
    "https://": "invalid_format",
    "https:///hook": "invalid_format",
    "https://user@example.com/": "userinfo_refused",
    "https://user:word@example.com/": "userinfo_refused",
    "https://example.com@127.0.0.1/": "userinfo_refused",
    "https://:@example.com/": "userinfo_refused",
    "https://example.com:80/": "port_refused",
    "https://example.com:22/": "port_refused",
    "https://example.com:0/": "port_refused",
    "https://example.com:65536/": "invalid_format",
    "https://example.com:4x3/": "invalid_format",
    "https://example.com/#part": "invalid_format",
    "https://example.com/#": "invalid_format",
    "https://example.com\\@127.0.0.1/": "invalid_format",
    "https://exa mple.com/": "invalid_format",
    " https://example.com/": "invalid_format",
    "https://example.com/\r\nHost: other": "invalid_format",
    "https://example.com/\t": "invalid_format",
    "https://example.com/\x00": "invalid_format",
    "https://contoh.id/kecap\u00e9": "invalid_format",
    "https://\u0435xample.com/": "invalid_format",
    "https://example.com./": "invalid_format",
    "https://.example.com/": "invalid_format",
    "https://exa..mple.com/": "invalid_format",
    "https://exa%6dple.com/": "invalid_format",
    "https://[fe80::1%25eth0]/": "invalid_format",
    "https://[::1": "invalid_format",
    f"https://{'a' * 64}.com/": "invalid_format",
    "https://example.com/" + "a" * LONGEST_URL: "invalid_length",
}


@pytest.mark.parametrize(("url", "code"), REFUSED.items())
def test_a_url_that_could_mislead_is_refused_with_its_reason(url: str, code: str) -> None:
    with pytest.raises(EndpointRefused) as refused:
        endpoint_of(url)

    assert refused.value.code == code


def test_a_url_is_taken_apart_once() -> None:
    assert endpoint_of("https://Hook.Example.com/a/b?c=d&e=%20") == Endpoint(
        secure=True, host="hook.example.com", port=443, target="/a/b?c=d&e=%20"
    )


def test_a_url_without_a_path_asks_for_the_root() -> None:
    assert endpoint_of("https://example.com").target == "/"
    assert endpoint_of("https://example.com?x=1").target == "/?x=1"


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com/", "example.com"),
        ("https://example.com:443/", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_names_the_port_only_when_it_is_not_the_usual_one(
    url: str, authority: str
) -> None:
    assert endpoint_of(url).authority == authority


def test_a_test_may_use_plain_http_and_any_port() -> None:
    endpoint = endpoint_of("http://127.0.0.1:9123/hook", testing=True)

    assert endpoint == Endpoint(secure=False, host="127.0.0.1", port=9123, target="/hook")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://user@127.0.0.1/"])
def test_a_test_may_do_nothing_else_that_is_refused(url: str) -> None:
    with pytest.raises(EndpointRefused):
        endpoint_of(url, testing=True)
