"""The image of the Containerfile is built, and serves as a user without rights from a root that can't be written to."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.needs import ROOT, needs, needs_mounts
from tools.image_trial import PROGRAMS

WAIT_S = 380


@pytest.mark.skipif(sys.platform != "linux", reason="images are built on Linux")
def test_the_image_is_built_and_serves() -> None:
    for program in PROGRAMS:
        needs(program)
    needs_mounts()
    ran = subprocess.run(
        [sys.executable, "-m", "tools.image_trial"], cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "/healthz answers 200" in ran.stdout
    assert "user 10001, files ['lobby.db'" in ran.stdout
