"""Which addresses a webhook may reach, in every spelling that resolvers and parsers know."""

import socket
from ipaddress import ip_network

import pytest

from services.notify.domain.addresses import may_receive

REFUSED = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "0:0:0:0:0:ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:1ff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2606:4700::1111%2",
    "",
    "localhost",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
)
PUBLIC = (
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
)
# What getaddrinfo makes of the spellings that reach loopback or metadata by a detour.
DETOURS = (
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "2852039166",
    "0xa9fea9fe",
    "localhost",
)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_receives_nothing(address: str) -> None:
    assert not may_receive(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_receive(address: str) -> None:
    assert may_receive(address)


@pytest.mark.parametrize("spelling", DETOURS)
def test_whatever_a_resolver_makes_of_a_detour_is_refused(spelling: str) -> None:
    found = {str(address[0]) for *_, address in socket.getaddrinfo(spelling, 443)}

    assert found
    assert not any(may_receive(address) for address in found)


def test_a_test_network_opens_itself_and_nothing_beside() -> None:
    allowed = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

    assert may_receive("127.0.0.1", allowed)
    assert may_receive("::ffff:127.0.0.1", allowed)
    assert may_receive("::1", allowed)
    assert not may_receive("10.0.0.1", allowed)
    assert not may_receive("169.254.169.254", allowed)
