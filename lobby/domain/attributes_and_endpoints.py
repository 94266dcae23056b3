"""Values that the game chooses: custom attributes of parties, members and sessions, and endpoints.

An attribute is a key with a value. An endpoint is the address of a game that a leader, a game server or an allocator gives to a
session.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

from lobby.domain import text
from lobby.domain.rejections import Rejection, invalid
from lobby.struct import Struct

PARTY_ATTRIBUTES_MAX = 20
"""Attributes of one party, and of one session."""
MEMBER_ATTRIBUTES_MAX = 10
ATTRIBUTE_VALUE_BYTES_MAX = 1024

_KEY = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)


class Attribute(Struct):
    """A custom property."""

    key: str
    value: str


Attributes = tuple[Attribute, ...]
"""Attributes with distinct keys, in the order in which the keys were first set."""

AttributeChanges = tuple[tuple[str, str | None], ...]
"""Pairs of key and new value; None removes the key."""


class Endpoint(Struct):
    """The network address of the game: a host with a port, or the join code of a relay."""

    protocol: str
    address: str | None = None
    port: int | None = None
    relay_code: str | None = None


def merge_attributes(
    field: str, current: Attributes, changes: Iterable[tuple[str, str | None]], count_max: int
) -> Attributes | Rejection:
    """`current` with each of `changes` applied in order; a change to None removes the key.

    `field` is the input to name in the rejection.
    """
    by_key = {attribute.key: attribute for attribute in current}
    for index, (key, value) in enumerate(changes):
        if not _KEY.fullmatch(key):
            return invalid(f"{field}.{index}.key", "Must be 1 to 32 of A-Z a-z 0-9 _ . and -.")
        if value is None:
            by_key.pop(key, None)
            continue
        if not _is_value(value):
            return invalid(f"{field}.{index}.value", f"Must be at most {ATTRIBUTE_VALUE_BYTES_MAX} bytes of UTF-8.")
        by_key[key] = Attribute(key, value)
    if len(by_key) > count_max:
        return invalid(field, f"Must leave at most {count_max} attributes.")
    return tuple(by_key.values())


def _is_value(value: str) -> bool:
    return text.is_unicode(value) and len(value.encode()) <= ATTRIBUTE_VALUE_BYTES_MAX and "\x00" not in value


ENDPOINT_CHARS_MAX = 255
"""Bound of an address and of a relay's join code; a DNS name has at most 253 characters."""
PROTOCOLS = ("udp", "dtls", "ws", "wss", "relay")
PORT_MAX = 65_535
_HOST_NAME = re.compile(r"\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*\.?")
"""Labels of letters of any script, digits, hyphens and underscores. No scheme, port, path or space."""


def normalize_endpoint(endpoint: Endpoint) -> Endpoint | Rejection:
    """The endpoint in the form in which it is stored. It has an address with a port, or a relay's join code, never both."""
    if endpoint.protocol not in PROTOCOLS:
        return invalid("endpoint.protocol", f"Must be one of {', '.join(PROTOCOLS)}.")
    by_relay = endpoint.relay_code is not None
    if by_relay == (endpoint.address is not None):
        return invalid("endpoint", "Give either an address with a port or a relay code.")
    if not by_relay and (endpoint.port is None or not 1 <= endpoint.port <= PORT_MAX):
        return invalid("endpoint.port", f"Must be 1 to {PORT_MAX}.")
    field = "endpoint.relay_code" if by_relay else "endpoint.address"
    location = text.normalize_line(field, endpoint.relay_code or endpoint.address or "", ENDPOINT_CHARS_MAX)
    if isinstance(location, Rejection):
        return location
    if by_relay:
        return Endpoint(endpoint.protocol, relay_code=location)
    if not _is_host(location):
        return invalid(field, "Must be a host name or an IP address, without scheme, port or path.")
    return Endpoint(endpoint.protocol, address=location, port=endpoint.port)


def _is_host(address: str) -> bool:
    if _HOST_NAME.fullmatch(address) is not None:
        return True
    has_brackets = address.startswith("[") and address.endswith("]")
    try:
        ip_address(address[1:-1] if has_brackets else address)
    except ValueError:
        return False
    return True
