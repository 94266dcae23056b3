"""The package, compiled once for all tests: for programs without Unity, and for Unity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.needs import ROOT
from tests.unity.compiler import share_in
from tests.unity.mono import IN_EDITOR, RUNTIME, STUBS, compile_csharp, sources

JOURNEY = ROOT / "tests/unity/journey"


@dataclass(frozen=True, slots=True)
class Build:
    """`defines`: symbols for the library and for the programs that use it."""

    library: Path
    defines: tuple[str, ...] = ()


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
    """Workers of one run share what they compile: their temporary folders lie in one folder of the run."""
    if hasattr(request.config, "workerinput"):
        share_in(tmp_path_factory.getbasetemp().parent / "csharp")


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Build:
    out = tmp_path_factory.mktemp("outside") / "AdventureBot2.Lobby.dll"
    return Build(compile_csharp(out, sources(RUNTIME), documented=True))


@pytest.fixture(scope="session")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Build:
    out = tmp_path_factory.mktemp("inside") / "AdventureBot2.Lobby.dll"
    return Build(compile_csharp(out, [*sources(RUNTIME), *sources(STUBS)], defines=IN_EDITOR), IN_EDITOR)


@pytest.fixture(scope="session", params=["outside", "inside"])
def journey(request: pytest.FixtureRequest) -> Path:
    """The program that plays scenarios, with each build."""
    build: Build = request.getfixturevalue(request.param)
    return journey_program(build)


@cache
def journey_program(build: Build) -> Path:
    return compile_csharp(build.library.with_name("Journey.exe"), sources(JOURNEY), build.defines, [build.library])
