"""Every path and link in the documentation exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import ROOT

TRACKED = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
MODULES = {Path(path).name for path in TRACKED if path.endswith(".py")}
PAGES = sorted(path for path in TRACKED if path.endswith(".md"))
LINK = re.compile(r"\]\((?!https?:|#|\.\./)([^)#\s]+)")
PATH = re.compile(r"`((?:lobby|web|resolvers|schema|tools|tests|docs|deploy|scripts)/[\w./-]+)`")
MODULE = re.compile(r"`(\w+\.py)`")
PARTS_OF_SCRIPTS = ("scripts/check-subject", "scripts/node.sh", "scripts/setup.sh")
"""The other scripts call them, and commits."""
BUILT = ("tools/bench/results/", "web/graphql/explorer/frontend/dist", "web/console/frontend/dist")
"""Written by programs, so not in a fresh clone."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_to_files_that_exist(page: str) -> None:
    file = ROOT / page
    links = LINK.findall(file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_paths_that_exist(page: str) -> None:
    """A page may leave out the folder of a module if the text makes it clear."""
    text = (ROOT / page).read_text(encoding="utf-8")
    paths: list[str] = PATH.findall(text)
    assert [path for path in paths if not path.startswith(BUILT) and not exists(Path(path))] == []
    modules: list[str] = MODULE.findall(text)
    assert [module for module in modules if module not in MODULES] == []


def test_the_page_of_the_architecture_names_each_package_of_the_server() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    inner = [
        folder for outer in ("lobby", "web") for folder in (ROOT / outer).iterdir() if (folder / "__init__.py").exists()
    ]
    assert [folder.name for folder in inner if f"{folder.name}/" not in page] == []


def test_the_readme_names_each_folder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = {path.partition("/")[0] for path in TRACKED if "/" in path and not path.startswith(".")}
    assert sorted(folder for folder in folders if f"`{folder}/`" not in readme) == []


def test_the_page_for_contributors_names_each_script() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    scripts = [path for path in TRACKED if path.startswith("scripts/") and path not in PARTS_OF_SCRIPTS]
    assert [script for script in scripts if script not in page] == []


def exists(path: Path) -> bool:
    return (ROOT / path).exists()
