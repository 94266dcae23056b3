"""Unity's `.meta` files, one beside each file and folder of the package.

Unity writes them itself, but not into a package from git, which is read-only: it ignores files without a `.meta` file there. The
ids are hashes of the paths, so that they never change.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5
from pathlib import Path, PurePosixPath

PACKAGE_NAME = "com.adventurebot2.lobby"
_SUFFIX = ".meta"
_PLUGIN = """PluginImporter:
  externalObjects: {}
  serializedVersion: 2
  iconMap: {}
  executionOrder: {}
  defineConstraints: []
  isPreloaded: 0
  isOverridable: 0
  isExplicitlyReferenced: 0
  validateReferences: 1
  platformData:
  - first:
      Any:
    second:
      enabled: 0
      settings: {}
  - first:
      WebGL: WebGL
    second:
      enabled: 1
      settings: {}
"""
_SCRIPT = """MonoImporter:
  externalObjects: {}
  serializedVersion: 2
  defaultReferences: []
  executionOrder: 0
  icon: {instanceID: 0}
"""
_IMPORTERS = {".asmdef": "AssemblyDefinitionImporter", ".md": "TextScriptImporter", ".xml": "TextScriptImporter"}
_USER_DATA = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"


def metas(package: Path) -> dict[Path, str]:
    """Path of each `.meta` file of the package -> its text."""
    return {path.with_name(path.name + _SUFFIX): _meta(path, path.relative_to(package)) for path in _assets(package)}


def _assets(folder: Path) -> Iterator[Path]:
    """The files and folders that Unity imports. It ignores names that begin with a dot or end with ~. The content of
    `Samples~` becomes part of a game when somebody imports a sample."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix == _SUFFIX:
            continue
        is_asset = not path.name.endswith("~")
        if is_asset:
            yield path
        if path.is_dir() and (is_asset or path.name == "Samples~"):
            yield from _assets(path)


def _meta(path: Path, place: Path) -> str:
    guid = md5(f"{PACKAGE_NAME}/{PurePosixPath(place)}".encode(), usedforsecurity=False).hexdigest()
    folder = "folderAsset: yes\n" if path.is_dir() else ""
    return f"fileFormatVersion: 2\nguid: {guid}\n{folder}{_importer(path, place)}{_USER_DATA}"


def _importer(path: Path, place: Path) -> str:
    if path.suffix == ".cs":
        return _SCRIPT
    if path.suffix == ".jslib":
        return _PLUGIN
    if place == Path("package.json"):
        return "PackageManifestImporter:\n  externalObjects: {}\n"
    return f"{_IMPORTERS.get(path.suffix, 'DefaultImporter')}:\n  externalObjects: {{}}\n"
