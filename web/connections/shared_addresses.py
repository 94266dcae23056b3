"""Addresses that many players share, such as those of the proxy of Discord Activities: limits by address count players there.

- A signed-in player counts as an address of its own, in all limits by address.
- Before that, clients of a shared address count together, and may do as much as `SHARES` clients of other addresses. That bounds
  what a stranger can do who hides behind the proxy, by requests, guests, sign-ins, errors, connections and unread bytes alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address, ip_network
from itertools import count

from starlette.types import Scope

from lobby.auth.caller import Caller
from lobby.domain.values import PlayerId
from web.connections.connection_limits import NO_ADDRESS, SHARED_PREFIX, address_key, is_shared_key

SHARES = 64
"""The strangers of a shared address may do as much as so many addresses. Each request takes the next share, round and round."""
HOSTS_CACHED_MAX = 4_096


class SharedAddresses:
    """`networks`: addresses and networks (CIDR) that many players share. Raises `ValueError` for a text that is neither."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        self._numbers = count()
        self._is_shared = lru_cache(HOSTS_CACHED_MAX)(self._contains)

    def key_of_host(self, host: str) -> str:
        """The key under which a client of this address is counted as long as its player is not known."""
        if not self._networks or not self._is_shared(host):
            return address_key(host)
        return f"{SHARED_PREFIX}{address_key(host)} {next(self._numbers) % SHARES}"

    def key_of_scope(self, scope: Scope) -> str:
        """As `key_of_host`, for the client of a request. The scope has the key in place of the address from then on."""
        client = scope.get("client")
        if not client:
            return NO_ADDRESS
        if not self._networks or is_shared_key(client[0]):
            return address_key(client[0])
        key = self.key_of_host(client[0])
        if is_shared_key(key):
            scope["client"] = (key, client[1])
        return key

    def _contains(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def key_of_caller(key: str, caller: Caller) -> str:
    """The key under which the caller is counted, whose address has `key`: a player behind a shared address by itself."""
    return key_of_player(key, caller.player.id) if caller.player is not None else key


def key_of_player(key: str, player_id: PlayerId) -> str:
    """As `key_of_caller`. Ids that players choose may be long, so the key has a digest."""
    if not is_shared_key(key):
        return key
    return f"player {blake2b(player_id.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
