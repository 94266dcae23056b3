"""Each file and folder that Unity imports has a meta file, with an id that never changes."""

from __future__ import annotations

from pathlib import Path

from tools.unity_codegen.metas import metas


def package(folder: Path, *files: str) -> Path:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_imported_files_and_folders_have_one_and_ignored_ones_none(tmp_path: Path) -> None:
    package(tmp_path, "package.json", "Runtime/A.cs", "Docs~/more.md", ".hidden/x", "Runtime/A.cs.meta")

    assert [str(path.relative_to(tmp_path)) for path in metas(tmp_path)] == [
        "Runtime.meta",
        "Runtime/A.cs.meta",
        "package.json.meta",
    ]


def test_files_of_samples_have_meta_files(tmp_path: Path) -> None:
    package(tmp_path, "Samples~/Lobby/Screen.cs")

    assert [path.name for path in metas(tmp_path)] == ["Lobby.meta", "Screen.cs.meta"]


def test_an_id_depends_only_on_the_path(tmp_path: Path) -> None:
    one = metas(package(tmp_path / "one", "Runtime/A.cs", "Runtime/B.cs"))
    other = metas(package(tmp_path / "other", "Runtime/A.cs"))

    assert one[tmp_path / "one/Runtime/A.cs.meta"] == other[tmp_path / "other/Runtime/A.cs.meta"]
    assert len({text.splitlines()[1] for text in one.values()}) == 3


def test_each_type_of_file_has_its_importer(tmp_path: Path) -> None:
    package(tmp_path, "package.json", "A.cs", "A.asmdef", "A.md", "A.jslib", "A.png")

    importers = {path.name: text.splitlines()[2] for path, text in metas(tmp_path).items()}

    assert importers == {
        "package.json.meta": "PackageManifestImporter:",
        "A.cs.meta": "MonoImporter:",
        "A.asmdef.meta": "AssemblyDefinitionImporter:",
        "A.md.meta": "TextScriptImporter:",
        "A.jslib.meta": "PluginImporter:",
        "A.png.meta": "DefaultImporter:",
    }
