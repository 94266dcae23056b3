"""Where a game may be said to run."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.model import Endpoint
from lobby.domain.rejections import Rejection, invalid

ENDPOINT_CHARS_MAX = 255
PROTOCOLS = ("udp", "dtls", "ws", "wss", "relay")
PORT_MAX = 65_535


def checked_endpoint(endpoint: Endpoint) -> Endpoint | Rejection:
    """A relay's join code or an address with a port, never both."""
    if endpoint.protocol not in PROTOCOLS:
        return invalid("endpoint.protocol", f"Must be one of {', '.join(PROTOCOLS)}.")
    by_relay = endpoint.relay_code is not None
    if by_relay == (endpoint.address is not None):
        return invalid("endpoint", "Give either an address with a port or a relay code.")
    if not by_relay and (endpoint.port is None or not 1 <= endpoint.port <= PORT_MAX):
        return invalid("endpoint.port", f"Must be 1 to {PORT_MAX}.")
    field = "endpoint.relay_code" if by_relay else "endpoint.address"
    place = text.line(field, endpoint.relay_code or endpoint.address or "", ENDPOINT_CHARS_MAX)
    if isinstance(place, Rejection):
        return place
    if by_relay:
        return Endpoint(endpoint.protocol, relay_code=place)
    return Endpoint(endpoint.protocol, address=place, port=endpoint.port)
