"""The parts of the Unity package's streams, each by itself: checks in C#, one program for all of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import needs
from tests.unity.mono import RUNTIME, compiled, sources

CHECKS = Path(__file__).with_name("checks")
_CHECK = re.compile(r"public static void (\w+)\(\)")
_RUN_WAIT_S = 60


def names() -> list[str]:
    return [name for file in sources(CHECKS) for name in _CHECK.findall(file.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name of a check -> what the program said of it."""
    program = compiled(tmp_path_factory.mktemp("checks") / "Checks.exe", [*sources(RUNTIME), *sources(CHECKS)])
    done = subprocess.run([needs("mono"), program], capture_output=True, text=True, timeout=_RUN_WAIT_S)
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    return {rest.split(":", 1)[0]: f"{outcome} {rest}" for outcome, rest in lines}


@pytest.mark.parametrize("name", names())
def test_check(name: str, outcomes: dict[str, str]) -> None:
    assert outcomes[name] == f"ok {name}"
