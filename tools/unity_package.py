"""Packs the Unity package for a release: `python -m tools.unity_package FILE.tgz --repository URL`.

The manifest in the repository names no addresses, since Unity installs it from any git address or from a folder. A
released package has them: documentation, changelog, license and repository, at the tag of its version. `FILE.tgz` is for a
registry, or for Unity's "Add package from tarball".
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

from tools.unity_codegen.package import PACKAGE

_TOP = "package"
"""The folder in the archive, as npm's registries want it."""


class NotReleasable(ValueError):
    """The package lacks something that a release needs. The message names it."""


def released_manifest(package: Path, repository: str) -> dict[str, Any]:
    """The manifest with addresses below `repository`, such as https://git.example.com/lobby.

    Raises `NotReleasable` if the changelog has no dated section for the version, or the address is not https.
    """
    manifest: dict[str, Any] = json.loads((package / "package.json").read_text(encoding="utf-8"))
    version, root = manifest["version"], repository.removesuffix(".git").rstrip("/")
    changelog = (package / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        raise NotReleasable(f"CHANGELOG.md needs a section '## [{version}] - YYYY-MM-DD'")
    if not root.startswith("https://"):
        raise NotReleasable(f"the address of the repository must be https: {repository}")
    pages = f"{root}/blob/v{version}/unity"
    return manifest | {
        "documentationUrl": f"{pages}/README.md",
        "changelogUrl": f"{pages}/CHANGELOG.md",
        "licensesUrl": f"{pages}/LICENSE.md",
        "repository": {"type": "git", "url": f"{root}.git", "directory": "unity"},
    }


def pack(package: Path, repository: str, out: Path) -> None:
    """Write the archive. Its bytes depend on the files and the address alone. Raises `NotReleasable`."""
    manifest = json.dumps(released_manifest(package, repository), indent=2) + "\n"
    with (
        out.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in sorted(package.rglob("*")):
            if path.is_file():
                place = path.relative_to(package)
                content = manifest.encode() if place == Path("package.json") else path.read_bytes()
                entry = tarfile.TarInfo(f"{_TOP}/{place.as_posix()}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the archive to write")
    parser.add_argument("--repository", required=True, help="its https address, such as https://git.example.com/lobby")
    arguments = parser.parse_args()
    try:
        pack(PACKAGE, arguments.repository, arguments.out)
    except NotReleasable as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
