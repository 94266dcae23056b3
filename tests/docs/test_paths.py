"""Every path and link in the documentation exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import ROOT

PAGES = sorted(subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split())
LINK = re.compile(r"\]\((?!https?:|#|\.\./)([^)#\s]+)")
PATH = re.compile(r"`((?:lobby|web|resolvers|schema|tools|tests|docs|deploy|scripts)/[\w./-]+)`")
BUILT = ("tools/bench/results/", "web/graphql/explorer/frontend/dist", "web/console/frontend/dist")
"""Written by programs, so not in a fresh clone."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_to_files_that_exist(page: str) -> None:
    file = ROOT / page
    links = LINK.findall(file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_paths_that_exist(page: str) -> None:
    paths: list[str] = PATH.findall((ROOT / page).read_text(encoding="utf-8"))
    assert [path for path in paths if not path.startswith(BUILT) and not exists(Path(path))] == []


def exists(path: Path) -> bool:
    return (ROOT / path).exists()
