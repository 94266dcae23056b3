"""The code of an earlier release, from the history of this repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RELEASE_0_1_0 = "9898915"
"""The last commit with version 0.1.0."""
GIT_WAIT_S = 60


class NoHistory(Exception):
    """The commit is not in this clone: it is a shallow one, or a copy without its history."""


def extract(commit: str, folder: Path) -> None:
    """Write the files of `commit` into a new folder. Raises `NoHistory`."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
    try:
        archive = subprocess.run(command, capture_output=True, timeout=GIT_WAIT_S, check=True).stdout  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError) as error:
        raise NoHistory(f"commit {commit} is not in this clone: git fetch --unshallow brings the history") from error
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
