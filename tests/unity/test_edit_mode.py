"""The package's own tests pass under Mono. They also run in Unity's edit mode."""

from __future__ import annotations

import subprocess

import pytest

from tests.needs import ROOT, needs
from tests.unity.conftest import Build
from tests.unity.hosting.build import hosting_library
from tests.unity.mono import RUN_WAIT_S, compile_csharp, sources
from tools.unity_codegen.package import PACKAGE

NUNIT = ROOT / "tests/unity/nunit"


@pytest.mark.parametrize("build", ["outside", "inside"])
def test_the_packages_own_tests_pass(build: str, request: pytest.FixtureRequest) -> None:
    on: Build = request.getfixturevalue(build)
    files = [*sources(PACKAGE / "Tests"), *sources(NUNIT)]
    program = compile_csharp(
        on.library.with_name("AdventureBot2.Lobby.Tests.exe"), files, on.defines, [on.library, hosting_library(on)]
    )

    completed = subprocess.run([needs("mono"), program], capture_output=True, text=True, timeout=RUN_WAIT_S)

    assert completed.returncode == 0, _without_passed(completed.stdout) + completed.stderr
    assert completed.stdout.count("passed ") > 0


def _without_passed(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if not line.startswith("passed "))
