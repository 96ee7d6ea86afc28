"""Where a webhook goes: a URL taken apart once, so that no two parsers can read it differently."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 2_000
PORTS = frozenset({443, 8443})
_PLAIN = re.compile(r"\A[!-~]+\Z")  # visible ASCII: no blanks, no control characters, no IDN
_NAME = re.compile(r"\A(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\Z")
_IPV6 = re.compile(r"\A[0-9a-f:.]{2,45}\Z")


class EndpointRefused(ValueError):
    """A URL that no webhook is sent to; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The parts of an accepted URL. `host` is a lower-case name or a bare address."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def endpoint_of(url: str, *, testing: bool = False) -> Endpoint:
    """The parts of a URL. Raises EndpointRefused.

    `testing` also lets plain http and any port pass; addresses are judged when they are known.
    """
    if len(url) > LONGEST_URL:
        raise EndpointRefused("invalid_length")
    if not _PLAIN.match(url) or "\\" in url:
        raise EndpointRefused("invalid_format")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as malformed:
        raise EndpointRefused("invalid_format") from malformed
    if parts.scheme != "https" and not (testing and parts.scheme == "http"):
        raise EndpointRefused("https_required")
    if "@" in parts.netloc:
        raise EndpointRefused("userinfo_refused")
    if parts.fragment or url.endswith("#") or not host or not _is_host(host, parts.netloc):
        raise EndpointRefused("invalid_format")
    secure = parts.scheme == "https"
    port = port if port is not None else (443 if secure else 80)
    if port not in PORTS and not testing:
        raise EndpointRefused("port_refused")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(secure, host, port, target)


def _is_host(host: str, netloc: str) -> bool:
    pattern = _IPV6 if netloc.startswith("[") else _NAME
    return pattern.match(host) is not None
