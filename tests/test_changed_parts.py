"""`scripts/test --changed` runs the tests of what has changed, and knows no tests that are gone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.changed_parts import PARTS, changed_paths, unchanged_parts
from tests.needs import ROOT


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose branch follows that of another repository, with one commit."""
    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    upstream.mkdir()
    git(upstream, "init", "-q", "-b", "main")
    (upstream / "server.py").touch()
    git(upstream, "add", ".")
    git(upstream, "commit", "-q", "-m", "Begin")
    git(tmp_path, "clone", "-q", str(upstream), str(clone))
    return clone


def test_nothing_has_changed_in_a_fresh_clone(clone: Path) -> None:
    assert changed_paths(clone) == set()
    assert unchanged_parts(set()) == tuple(PARTS)


def test_commits_changes_and_new_files_count(clone: Path) -> None:
    (clone / "tools").mkdir()
    (clone / "tools/demo.py").touch()
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "Show it")
    (clone / "server.py").write_text("changed", encoding="ascii")
    (clone / "new.py").touch()
    assert changed_paths(clone) == {"tools/demo.py", "server.py", "new.py"}


def test_without_a_branch_to_follow_the_last_commit_counts(clone: Path) -> None:
    git(clone, "checkout", "-q", "-b", "mine", "--no-track")
    (clone / "server.py").write_text("changed", encoding="ascii")
    assert changed_paths(clone) == {"server.py"}


def test_outside_of_a_clone_nothing_is_known(tmp_path: Path) -> None:
    assert changed_paths(tmp_path) is None


def test_a_change_brings_the_tests_of_its_part_back() -> None:
    left_out = unchanged_parts({"tools/demo/play.py"})
    assert "tests/tools/" not in left_out
    assert "tests/unity/test_roslyn.py" in left_out
    assert unchanged_parts({"web/app.py"}) == tuple(PARTS)


def test_all_tests_and_paths_of_the_table_exist() -> None:
    missing = [path for tests, paths in PARTS.items() for path in (tests, *paths) if not (ROOT / path).exists()]
    assert missing == []
