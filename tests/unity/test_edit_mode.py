"""The package's own tests, which run in Unity's edit mode too."""

from __future__ import annotations

import subprocess

from tests.needs import ROOT, needs
from tests.unity.conftest import Build
from tests.unity.mono import RUN_WAIT_S, compiled, sources
from unity_codegen.package import PACKAGE

NUNIT = ROOT / "tests/unity/nunit"


def test_the_packages_own_tests_pass(outside: Build) -> None:
    files = [*sources(PACKAGE / "Tests"), *sources(NUNIT)]
    program = compiled(outside.library.with_name("AdventureBot2.Lobby.Tests.exe"), files, references=[outside.library])

    done = subprocess.run([needs("mono"), program], capture_output=True, text=True, timeout=RUN_WAIT_S)

    assert done.returncode == 0, _without_passed(done.stdout) + done.stderr
    assert done.stdout.count("passed ") > 0


def _without_passed(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if not line.startswith("passed "))
