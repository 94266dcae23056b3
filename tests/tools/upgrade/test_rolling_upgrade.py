"""The players of release 0.1.0 lose nothing while its servers are replaced by servers of this version, one after another."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.needs import ROOT, needs
from tools.upgrade.released_code import RELEASE_0_1_0, NoHistory, extract
from tools.upgrade.run import play

SECONDS = 9
"""The time in which servers are replaced; with starts and catching up a run takes about 25 s on an idle machine."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the code of the release. A shallow clone does not have it."""
    try:
        extract(RELEASE_0_1_0, tmp_path / "old")
    except NoHistory as error:
        if has_history():
            raise
        pytest.skip(str(error))
    return tmp_path


def has_history() -> bool:
    asked = ["git", "-C", str(ROOT), "rev-parse", "--is-shallow-repository"]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60).stdout.strip() == "false"


def options(nodes: int, seconds: int = SECONDS) -> Sequence[str]:
    return [f"--seconds={seconds}", "--seed=3", "--players=10", "--parties=3", f"--nodes={nodes}", "--acts=1.5"]


def test_a_server_is_replaced_over_its_file(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = play(folder, "sqlite", options(1))
    report = capfd.readouterr()

    assert code == 0, report.out[-6000:] + report.err
    assert "CURSOR_EXPIRED" not in report.out
    assert report.out.endswith("server-1\n")


def test_two_servers_are_replaced_over_a_valkey(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    needs("valkey")
    code = play(folder, "valkey", options(2))
    report = capfd.readouterr()

    assert code == 0, report.out[-6000:] + report.err
    assert report.out.endswith("server-1, server-2\n")


def test_two_servers_are_replaced_over_a_cluster(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    needs("valkey")
    code = play(folder, "valkey-cluster", options(2, seconds=6))
    report = capfd.readouterr()

    assert code == 0, report.out[-6000:] + report.err
    assert report.out.endswith("server-1, server-2\n")
