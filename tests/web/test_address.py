"""Which addresses may be asked."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.address import check
from pipeline.web.failure import Failure

PUBLIC = ("93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::5db8:d70e", "::ffff:1.1.1.1", "2002:101:101::1")
OWN = ("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.4", "192.168.1.1", "::1", "fd00::1", "100.64.0.1",
       "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "::127.0.0.1")  # fmt: skip
NEVER = ("0.0.0.0", "::", "169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "ff0e::1",
         "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::")  # fmt: skip


def is_allowed(*addresses: str, allow_private: bool = False) -> bool:
    try:
        check("host.example", list(addresses), allow_private)
    except Failure as failure:
        return failure.outcome != "refused_address"
    return True


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_asked(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("address", OWN)
def test_private_addresses_may_be_asked_only_where_a_source_says_so(address: str) -> None:
    assert not is_allowed(address)
    assert is_allowed(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_addresses_of_no_host_or_of_a_cloud_machine_are_never_asked(address: str) -> None:
    assert not is_allowed(address)
    assert not is_allowed(address, allow_private=True)


def test_one_private_address_among_public_ones_is_enough() -> None:
    assert not is_allowed("1.1.1.1", "10.0.0.1")


@given(st.ip_addresses(v=4))
def test_an_address_that_is_not_global_is_refused_in_every_dress(address: IPv4Address) -> None:
    if not address.is_global:
        mapped, translated = (IPv6Address(prefix + int(address)) for prefix in (0xFFFF << 32, 0x64FF9B << 96))
        assert not any(is_allowed(str(each)) for each in (address, mapped, translated))
