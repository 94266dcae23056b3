"""What is installed is what was locked, byte for byte."""

from __future__ import annotations

import tomllib

from tests.needs import ROOT


def test_every_file_of_every_package_is_locked_by_its_hash() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    foreign = [package for package in packages if "virtual" not in package["source"]]
    assert foreign
    for package in foreign:
        assert package["source"].keys() == {"registry"}, package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]
