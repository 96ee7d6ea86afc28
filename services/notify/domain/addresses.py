"""Which addresses a webhook may go to: an own deny list, as `ipaddress.is_global` has holes."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DENIED: tuple[Network, ...] = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # unspecified, loopback and IPv4-compatible
        "64:ff9b::/96",  # NAT64 leads into IPv4
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4 leads into IPv4
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def may_receive(spelling: str, allowed: Sequence[Network] = ()) -> bool:
    """Whether a resolved address may receive a webhook; `allowed` are the test networks.

    False also for what is no plain address, such as one with a scope id.
    """
    address = parsed(spelling)
    if address is None:
        return False
    if any(address in network for network in allowed):
        return True
    return not any(address in network for network in DENIED)


def parsed(spelling: str) -> Address | None:
    """The address, with an IPv4-mapped one unwrapped; None for scope ids and other spellings."""
    try:
        address = ip_address(spelling)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address
