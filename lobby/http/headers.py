"""Reading the headers of an ASGI scope."""

from __future__ import annotations

from starlette.types import Scope

_BY_NAME = "lobby.headers"
"""Where a scope keeps its headers by name, once one has been asked for: each request asks for half a dozen."""


def header(scope: Scope, name: bytes) -> str | None:
    """The header's value, or None; of several, the values joined by commas, as RFC 9110 (5.3) has it."""
    by_name: dict[bytes, bytes] | None = scope.get(_BY_NAME)
    if by_name is None:
        by_name = scope[_BY_NAME] = _by_name(scope)
    value = by_name.get(name)
    return value.decode("latin-1") if value is not None else None


def _by_name(scope: Scope) -> dict[bytes, bytes]:
    by_name: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        by_name[name] = b"%b, %b" % (by_name[name], value) if name in by_name else value
    return by_name
