"""Where a request comes from, as far as limits are concerned."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

NOWHERE = ""
"""The address of who has none, as over a Unix socket. No limit holds for it."""
PREFIX_BITS = 64
"""One customer of a network has at least a /64 of IPv6 addresses (RFC 6177), so such a block counts as one."""


def address_of(scope: Scope) -> str:
    """The client's address; behind trusted proxies the one that they tell, which uvicorn has put in its place by then."""
    client = scope.get("client")
    return counted_as(client[0]) if client else NOWHERE


@lru_cache(maxsize=4_096)
def counted_as(host: str) -> str:
    """The address or block that a host is counted under; whatever is no address, under itself."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    block = int(address) >> (128 - PREFIX_BITS) << (128 - PREFIX_BITS)
    return f"{IPv6Address(block)}/{PREFIX_BITS}"
