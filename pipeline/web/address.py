"""Which addresses may be asked: those of the public internet, unless a source says otherwise."""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from pipeline.web.failure import Failure

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host, best first; OSError if it has none."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def check(host: str, addresses: list[str], allow_private: bool) -> None:
    """Raise Failure (refused_address) if any address, or an IPv4 address inside it, may not be asked."""
    for text in addresses:
        refused = next((each for each in _all_in(ip_address(text)) if not _is_allowed(each, allow_private)), None)
        if refused is not None:
            raise Failure("refused_address", f"{host} is {text}" + ("" if str(refused) == text else f" ({refused})"))


def _all_in(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the address that packets go to in the end, and the way there where it matters too."""
    if isinstance(address, IPv4Address):
        yield address
        return
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF):
        yield low
    else:
        yield address
        yield from filter(None, (address.sixtofour, *(address.teredo or ())))


def _is_allowed(address: IPv4Address | IPv6Address, allow_private: bool) -> bool:
    """Loopback and private networks may be a source's own; link-local ones have the keys of cloud machines."""
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    if address.is_loopback or not address.is_global:
        return allow_private and not (address.is_reserved and not address.is_loopback)
    return not address.is_reserved
