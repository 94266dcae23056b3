"""A released Unity package has all that Unity's validation of packages asks for."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from tools.unity_codegen.package import PACKAGE
from tools.unity_package import NotReleasable, pack, released_manifest

REPOSITORY = "https://git.example.com/lobby"


def test_the_archive_has_every_file_and_the_addresses_of_its_version(tmp_path: Path) -> None:
    pack(PACKAGE, f"{REPOSITORY}.git", tmp_path / "lobby.tgz")
    pack(PACKAGE, REPOSITORY, tmp_path / "again.tgz")

    assert (tmp_path / "lobby.tgz").read_bytes() == (tmp_path / "again.tgz").read_bytes()
    with tarfile.open(tmp_path / "lobby.tgz") as archive:
        names = set(archive.getnames())
        file = archive.extractfile("package/package.json")
        assert file is not None
        manifest = json.load(file)
    assert names == {f"package/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*") if path.is_file()}
    version = manifest["version"]
    assert manifest["documentationUrl"] == f"{REPOSITORY}/blob/v{version}/unity/README.md"
    assert manifest["changelogUrl"] == f"{REPOSITORY}/blob/v{version}/unity/CHANGELOG.md"
    assert manifest["licensesUrl"] == f"{REPOSITORY}/blob/v{version}/unity/LICENSE.md"
    assert manifest["repository"] == {"type": "git", "url": f"{REPOSITORY}.git", "directory": "unity"}
    assert {"name", "displayName", "description", "unity", "author", "license", "keywords"} <= manifest.keys()


def test_the_package_has_the_files_that_unity_asks_for() -> None:
    wanted = (
        "README.md",
        "CHANGELOG.md",
        "LICENSE.md",
        "Documentation~/index.md",
        "Samples~/LobbySample",
        "Tests/Editor",
    )
    assert [name for name in wanted if not (PACKAGE / name).exists()] == []


def test_a_version_without_a_dated_section_in_the_changelog_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "unity"
    copy.mkdir()
    shutil.copy(PACKAGE / "package.json", copy)
    (copy / "CHANGELOG.md").write_text("## [0.1.0]\n", encoding="utf-8")

    with pytest.raises(NotReleasable, match=r"CHANGELOG\.md needs"):
        released_manifest(copy, REPOSITORY)


def test_an_address_without_encryption_is_refused() -> None:
    with pytest.raises(NotReleasable, match="https"):
        released_manifest(PACKAGE, "git@git.example.com:lobby")
