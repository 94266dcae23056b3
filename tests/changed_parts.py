"""`scripts/test --changed`: leaves out the tests of tools, of packages and of the Unity package's further builds, if nothing has
changed in what they are about. The server's own tests always run, and CI runs all."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from pathlib import Path

_UNITY = ("unity/", "tests/unity/", "tests/roslyn/", "tests/wasm/")
_PACKAGE = ("pyproject.toml", "uv.lock", "adventurebot_lobby/", "scripts/")
PARTS: dict[str, tuple[str, ...]] = {
    "tests/tools/": ("tools/", "tests/tools/", "schema/", "client_queries/"),
    "tests/adventurebot_lobby/test_chaos.py": ("tools/", "adventurebot_lobby/", "tests/adventurebot_lobby/"),
    "tests/adventurebot_lobby/test_load.py": ("tools/", "adventurebot_lobby/", "tests/adventurebot_lobby/"),
    "tests/deploy/test_image.py": (*_PACKAGE, "deploy/", "tools/image_trial.py", "tests/deploy/"),
    "tests/docs/test_commands.py": ("docs/", "scripts/", "tools/", "README.md", "CONTRIBUTING.md", "tests/docs/"),
    "tests/test_wheel.py": (*_PACKAGE, "tests/test_wheel.py"),
    "tests/unity/test_roslyn.py": _UNITY,
    "tests/unity/test_wasm.py": _UNITY,
}
"""Tests, by the beginning of their paths, and the beginnings of the paths that they are about."""


def changed_paths(root: Path) -> set[str] | None:
    """The files that differ from the branch that the current one follows (from the last commit, if it follows none), new files
    too. None: this is no clone, or there is no git."""
    try:
        base = _git(root, "merge-base", "HEAD", "@{upstream}")
    except (subprocess.CalledProcessError, OSError):
        base = ["HEAD"]
    try:
        changed = _git(root, "diff", "--name-only", *base)
        return {*changed, *_git(root, "ls-files", "--others", "--exclude-standard")}
    except (subprocess.CalledProcessError, OSError):
        return None


def unchanged_parts(changed: Collection[str]) -> tuple[str, ...]:
    """The keys of `PARTS` whose tests may be left out."""
    return tuple(tests for tests, paths in PARTS.items() if not any(each.startswith(paths) for each in changed))


def _git(root: Path, *arguments: str) -> list[str]:
    ran = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return ran.stdout.splitlines()
