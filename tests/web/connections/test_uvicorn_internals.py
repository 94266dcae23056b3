"""The internals of uvicorn and websockets that our protocols use have not changed."""

from __future__ import annotations

import hashlib
import inspect
from importlib.metadata import version
from types import ModuleType

import pytest
from uvicorn.middleware import proxy_headers
from uvicorn.protocols.http import flow_control, httptools_impl
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets import protocol

from web.connections.uvicorn_http import HTTPProtocol
from web.connections.uvicorn_requests import RequestParser
from web.connections.uvicorn_websocket import SocketProtocol

CHANGED = (
    "{what} has changed. Read web/connections/uvicorn_*.py and web/serving.py beside the new version and run "
    "tests/web. Then write the new version into pyproject.toml and the new value into this test: {found}"
)
PINNED = {"uvicorn": "0.54", "websockets": "17.4"}
SOURCES: list[tuple[ModuleType, str]] = [
    (httptools_impl, "1d4e1c579df41684"),
    (flow_control, "d39d16560df512f3"),
    (websockets_sansio_impl, "8b32a97a1608788b"),
    (proxy_headers, "a4d664f3434db1c2"),
    (protocol, "356dcca7cf7a459b"),
]


@pytest.mark.parametrize("library", PINNED)
def test_the_minor_version_is_the_pinned_one(library: str) -> None:
    found = ".".join(version(library).split(".")[:2])

    assert found == PINNED[library], CHANGED.format(what=library, found=found)


@pytest.mark.parametrize(("module", "expected"), SOURCES, ids=lambda value: getattr(value, "__name__", ""))
def test_the_source_of_a_module_is_unchanged(module: ModuleType, expected: str) -> None:
    found = hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:16]

    assert found == expected, CHANGED.format(what=module.__name__, found=found)


@pytest.mark.parametrize("protocol_class", [HTTPProtocol, RequestParser, SocketProtocol])
def test_every_overridden_method_takes_the_arguments_of_uvicorns(protocol_class: type) -> None:
    base = next(each for each in protocol_class.__mro__ if each.__module__.startswith("uvicorn."))
    overridden = {
        name for name in vars(protocol_class).keys() & vars(base).keys() if inspect.isfunction(vars(base)[name])
    }

    assert "connection_made" in overridden
    for name in overridden - {"__init__"}:
        own = list(inspect.signature(getattr(protocol_class, name)).parameters)
        assert own == list(inspect.signature(getattr(base, name)).parameters), f"{base.__name__}.{name}"
