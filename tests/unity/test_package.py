"""The generated files of the Unity package are current, and the package compiles for Unity and outside of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.needs import ROOT
from tests.unity.conftest import Build
from tools.unity_codegen.metas import PACKAGE_NAME, metas
from tools.unity_codegen.package import GENERATED, PACKAGE, package_code, package_readme


def test_the_generated_code_is_current() -> None:
    assert_current(set((PACKAGE / GENERATED).rglob("*.cs")), package_code(PACKAGE))


def test_the_readme_lists_the_events_of_the_schema() -> None:
    assert_current(set(), package_readme(PACKAGE))


def test_every_asset_has_its_meta_file_and_no_other_exists() -> None:
    assert_current(set(PACKAGE.rglob("*.meta")), metas(PACKAGE))


def assert_current(existing: set[Path], wanted: dict[Path, str]) -> None:
    """Fails with the path of each file that `scripts/unity` would write or delete."""
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    paths = sorted(str(path.relative_to(ROOT)) for path in {*stale, *(existing - set(wanted))})
    assert not paths, f"out of date, run scripts/unity: {', '.join(paths)}"


def test_no_two_assets_share_an_id() -> None:
    guids = [text.splitlines()[1] for text in metas(PACKAGE).values()]

    assert len(set(guids)) == len(guids)


def test_the_manifest_names_samples_that_exist() -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))

    assert manifest["name"] == PACKAGE_NAME
    assert [sample["path"] for sample in manifest["samples"] if not (PACKAGE / sample["path"]).is_dir()] == []


def test_the_package_depends_only_on_modules_of_unity() -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))

    assert [name for name in manifest["dependencies"] if not name.startswith("com.unity.modules.")] == []


def test_the_runtime_compiles_outside_of_unity(outside: Build) -> None:
    assert outside.library.is_file()


def test_the_runtime_compiles_for_unity(inside: Build) -> None:
    assert inside.library.is_file()
