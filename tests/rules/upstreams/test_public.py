"""Which addresses, names and ports a stranger may make us connect to."""

import pytest

from bot.upstreams.public import is_public, is_public_name, is_sane_port


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.251",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["example.com", "a.b.example.", "8.8.8.8", "2606:4700::1111"])
def test_names_of_the_internet_may_be_looked_up(host: str) -> None:
    assert is_public_name(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "printer",
        "printer.local",
        "api.localhost",
        "metadata.google.internal",
        "router.home.arpa",
        "2130706433",
        "127.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.0.0.1.",
        "127.000.000.001",
        "8.8.2056",
        "1.2.3.0x",
    ],
)
def test_local_names_and_numbers_in_disguise_may_not(host: str) -> None:
    assert not is_public_name(host)


def test_ports_of_web_servers_are_sane() -> None:
    assert [
        port
        for port in (1, 22, 25, 80, 443, 445, 1023, 1024, 8443, 65_535, 65_536)
        if is_sane_port(port)
    ] == [80, 443, 1024, 8443, 65_535]
