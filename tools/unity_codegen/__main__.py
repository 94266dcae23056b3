"""The command of `scripts/unity`: writes the generated part of the Unity package."""

from __future__ import annotations

from tools.unity_codegen.package import PACKAGE, write_package

if __name__ == "__main__":
    write_package(PACKAGE)
