"""The package's own tests, which run in Unity's edit mode too."""

from __future__ import annotations

import subprocess

import pytest

from tests.needs import ROOT, needs
from tests.unity.conftest import Build
from tests.unity.mono import RUN_WAIT_S, compiled, sources
from unity_codegen.package import PACKAGE

NUNIT = ROOT / "tests/unity/nunit"


@pytest.mark.parametrize("build", ["outside", "inside"])
def test_the_packages_own_tests_pass(build: str, request: pytest.FixtureRequest) -> None:
    on: Build = request.getfixturevalue(build)
    files = [*sources(PACKAGE / "Tests"), *sources(NUNIT)]
    program = compiled(on.library.with_name("AdventureBot2.Lobby.Tests.exe"), files, on.defines, [on.library])

    done = subprocess.run([needs("mono"), program], capture_output=True, text=True, timeout=RUN_WAIT_S)

    assert done.returncode == 0, _without_passed(done.stdout) + done.stderr
    assert done.stdout.count("passed ") > 0


def _without_passed(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if not line.startswith("passed "))
