"""What Unity's package validation asks of a package before it is published, as rules over the files."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unity.mono import sources
from tools.unity_codegen.package import PACKAGE
from tools.unity_package import released_manifest

MANIFEST: dict[str, Any] = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
RELEASED = released_manifest(PACKAGE, "https://git.example.com/lobby")
ASSEMBLIES = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.asmdef"))}
CHANGELOG = (PACKAGE / "CHANGELOG.md").read_text(encoding="utf-8")
FOREIGN_ASSEMBLIES = {
    "UniTask",
    "Unity.Collections",
    "Unity.InputSystem",
    "Unity.Netcode.Runtime",
    "Unity.Networking.Transport",
    "UnityEditor.TestRunner",
    "UnityEngine.TestRunner",
    "UnityEngine.UI",
}
RESTRICTED = re.compile(
    r"\.(bat|bin|com|csh|dll|dom|exe|jar|js|jse|msi|msp|mst|pdf|ps1|sh|so|vb|vbe|vbs|vbscript|vs|zip)$"
)
PATH_MAX = 140
"""Longer paths fail on Windows once Unity has put the package into its cache."""


def folders(suffix: str) -> list[Path]:
    return [path for path in PACKAGE.iterdir() if path.is_dir() and path.name.endswith(suffix)]


def test_the_name_and_version_have_their_form() -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,213}", MANIFEST["name"])
    assert MANIFEST["name"].count(".") >= 2
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", MANIFEST["version"])
    assert re.fullmatch(r"20\d\d\.[1-9]|6000\.\d", MANIFEST["unity"])


def test_the_manifest_describes_the_package() -> None:
    assert 0 < len(MANIFEST["displayName"]) <= 50
    assert MANIFEST["description"].startswith("Parties, ")
    assert len(MANIFEST["description"]) >= 50
    assert MANIFEST["author"]["name"]
    assert MANIFEST["license"] == "MIT"


@pytest.mark.parametrize("field", ["documentationUrl", "changelogUrl", "licensesUrl"])
def test_a_release_names_the_address_of_each_page(field: str) -> None:
    address: str = RELEASED[field]
    page = address.partition(f"/v{MANIFEST['version']}/unity/")[2]

    assert address.startswith("https://")
    assert (PACKAGE / page).is_file()


def test_a_release_names_its_repository() -> None:
    assert RELEASED["repository"] == {"type": "git", "url": "https://git.example.com/lobby.git", "directory": "unity"}


def test_the_changelog_dates_each_version_and_has_the_newest_first() -> None:
    headings: list[str] = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    if headings[0] == "[Unreleased]":
        headings.pop(0)
    entries = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", heading) for heading in headings]
    dated = [(tuple(map(int, entry[1].split("."))), date.fromisoformat(entry[2])) for entry in entries if entry]

    assert CHANGELOG.startswith("# Changelog\n")
    assert len(dated) == len(headings), "each has the form [1.2.3] - YYYY-MM-DD"
    assert dated == sorted(dated, reverse=True)
    assert MANIFEST["version"] in CHANGELOG


def test_every_sample_is_listed_with_words_and_every_folder_is_a_sample() -> None:
    listed = {sample["path"] for sample in MANIFEST["samples"]}

    assert listed == {f"Samples~/{path.name}" for path in (PACKAGE / "Samples~").iterdir() if path.is_dir()}
    assert [each for each in MANIFEST["samples"] if not each["displayName"] or len(each["description"]) < 40] == []


def test_the_package_has_its_documentation_license_and_tests() -> None:
    license_ = (PACKAGE / "LICENSE.md").read_text(encoding="utf-8")

    assert re.search(r"^Copyright \(c\) 20\d\d ", license_, re.MULTILINE)
    assert (PACKAGE / "README.md").is_file()
    assert (PACKAGE / "Documentation~/index.md").read_text(encoding="utf-8").startswith("# AdventureBot2 Lobby")
    assert sources(PACKAGE / "Tests")


def test_every_page_of_the_documentation_is_linked_from_its_index() -> None:
    index = (PACKAGE / "Documentation~/index.md").read_text(encoding="utf-8")

    pages = [path.name for path in (PACKAGE / "Documentation~").glob("*.md") if path.name != "index.md"]
    assert [page for page in pages if f"({page})" not in index] == []


def test_no_assembly_has_the_name_of_another_or_of_another_file() -> None:
    names = [assembly["name"] for assembly in ASSEMBLIES.values()]

    assert len(set(names)) == len(names)
    assert [path.name for path, assembly in ASSEMBLIES.items() if path.stem != assembly["name"]] == []


def test_assemblies_refer_to_each_other_or_to_known_packages() -> None:
    known = {assembly["name"] for assembly in ASSEMBLIES.values()} | FOREIGN_ASSEMBLIES

    assert [
        (path.name, sorted(set(each["references"]) - known))
        for path, each in ASSEMBLIES.items()
        if set(each["references"]) - known
    ] == []


def test_every_script_belongs_to_an_assembly() -> None:
    homes = {path.parent for path in ASSEMBLIES}

    assert [path.name for path in sources(PACKAGE) if not homes & set(path.parents)] == []


def test_assemblies_for_the_editor_and_for_tests_are_in_no_build() -> None:
    editor = {path.stem for path, assembly in ASSEMBLIES.items() if assembly["includePlatforms"] == ["Editor"]}

    assert editor == {"AdventureBot2.Lobby.Editor", "AdventureBot2.Lobby.Tests"}
    assert ASSEMBLIES[PACKAGE / "Tests/Editor/AdventureBot2.Lobby.Tests.asmdef"]["defineConstraints"] == [
        "UNITY_INCLUDE_TESTS"
    ]


def test_no_assembly_needs_a_package_that_the_manifest_does_not_name() -> None:
    """An optional package is there or not: its define decides, and the assemblies that need it have a constraint."""
    optional = {"UniTask", "Unity.Netcode.Runtime", "Unity.Networking.Transport"}
    runtime = [each for path, each in ASSEMBLIES.items() if "Samples~" not in path.parts and "Tests" not in path.parts]

    assert [
        each["name"] for each in runtime if optional & set(each["references"]) and not each["defineConstraints"]
    ] == []
    assert [name for name in MANIFEST["dependencies"] if not name.startswith("com.unity.modules.")] == []


def test_no_file_is_of_a_kind_that_is_refused_or_has_too_long_a_path() -> None:
    files = [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_file()]

    assert [path for path in files if RESTRICTED.search(path.lower()) or len(path) > PATH_MAX] == []


def test_hidden_folders_have_no_meta_file() -> None:
    assert [path.name for path in PACKAGE.glob("*~.meta")] == []
    assert list((PACKAGE / "Documentation~").rglob("*.meta")) == []
