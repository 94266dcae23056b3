"""The package, compiled once for all: as it is outside of Unity, and as it is inside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.needs import ROOT
from tests.unity.mono import IN_UNITY, RUNTIME, STUBS, compiled, sources

JOURNEY = ROOT / "tests/unity/journey"


@dataclass(frozen=True, slots=True)
class Build:
    """`defines` are those of whatever stands on the library too."""

    library: Path
    defines: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Build:
    out = tmp_path_factory.mktemp("outside") / "AdventureBot2.Lobby.dll"
    return Build(compiled(out, sources(RUNTIME)))


@pytest.fixture(scope="session")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Build:
    out = tmp_path_factory.mktemp("inside") / "AdventureBot2.Lobby.dll"
    return Build(compiled(out, [*sources(RUNTIME), *sources(STUBS)], defines=[IN_UNITY]), (IN_UNITY,))


@pytest.fixture(scope="session", params=["outside", "inside"])
def journey(request: pytest.FixtureRequest) -> Path:
    """The program that plays journeys, on either build."""
    build: Build = request.getfixturevalue(request.param)
    return journey_program(build)


@cache
def journey_program(build: Build) -> Path:
    return compiled(build.library.with_name("Journey.exe"), sources(JOURNEY), build.defines, [build.library])
