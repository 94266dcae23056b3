"""Unit tests of the Unity package's streams: checks in C#, all in one program."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.needs import needs
from tests.unity.conftest import Build
from tests.unity.mono import RUNTIME, compile_csharp, sources

HERE = Path(__file__).parent
CHECKS = sources(HERE / "checks")
ENGINE_CHECKS = [*sources(HERE / "engine"), HERE / "checks/Runner.cs"]
_CHECK = re.compile(r"public static void (\w+)\(\)")
_RUN_WAIT_S = 60


def names(files: Sequence[Path]) -> list[str]:
    return [name for file in files for name in _CHECK.findall(file.read_text(encoding="utf-8"))]


def run_checks(program: Path) -> dict[str, str]:
    """Name of a check -> its line of the output of the program."""
    completed = subprocess.run([needs("mono"), program], capture_output=True, text=True, timeout=_RUN_WAIT_S)
    lines = [line.split(" ", 1) for line in completed.stdout.splitlines()]
    return {rest.split(":", 1)[0]: f"{outcome} {rest}" for outcome, rest in lines}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Compiled with the Runtime's sources, so that checks can use internal classes."""
    out = tmp_path_factory.mktemp("checks") / "Checks.exe"
    return run_checks(compile_csharp(out, [*sources(RUNTIME), *CHECKS]))


@pytest.fixture(scope="module")
def engine_outcomes(inside: Build) -> dict[str, str]:
    out = inside.library.with_name("EngineChecks.exe")
    return run_checks(compile_csharp(out, ENGINE_CHECKS, inside.defines, [inside.library]))


@pytest.mark.parametrize("name", names(CHECKS))
def test_check(name: str, outcomes: dict[str, str]) -> None:
    assert outcomes[name] == f"ok {name}"


@pytest.mark.parametrize("name", names(ENGINE_CHECKS))
def test_check_inside_of_unity(name: str, engine_outcomes: dict[str, str]) -> None:
    assert engine_outcomes[name] == f"ok {name}"
