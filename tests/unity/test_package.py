"""The Unity package: what is generated is current, and all of it compiles, inside the engine and outside."""

from __future__ import annotations

import json

from tests.unity.conftest import Build
from unity_codegen.metas import PACKAGE_NAME, metas
from unity_codegen.package import GENERATED, PACKAGE, generated_code


def test_the_generated_code_is_current() -> None:
    wanted = generated_code(PACKAGE)

    assert set((PACKAGE / GENERATED).rglob("*.cs")) == set(wanted), "run scripts/unity"
    assert [path for path, text in wanted.items() if path.read_text(encoding="utf-8") != text] == [], (
        "run scripts/unity"
    )


def test_every_asset_has_its_meta_file_and_no_other_is_there() -> None:
    wanted = metas(PACKAGE)

    assert set(PACKAGE.rglob("*.meta")) == set(wanted), "run scripts/unity"
    assert [path for path, text in wanted.items() if path.read_text(encoding="utf-8") != text] == []


def test_no_two_assets_share_an_id() -> None:
    guids = [text.splitlines()[1] for text in metas(PACKAGE).values()]

    assert len(set(guids)) == len(guids)


def test_the_manifest_names_files_that_are_there() -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))

    assert manifest["name"] == PACKAGE_NAME
    assert [sample["path"] for sample in manifest["samples"] if not (PACKAGE / sample["path"]).is_dir()] == []


def test_it_needs_nothing_but_modules_of_unity() -> None:
    manifest = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))

    assert [name for name in manifest["dependencies"] if not name.startswith("com.unity.modules.")] == []


def test_the_runtime_compiles_outside_of_unity(outside: Build) -> None:
    assert outside.library.is_file()


def test_the_runtime_compiles_for_unity(inside: Build) -> None:
    assert inside.library.is_file()
