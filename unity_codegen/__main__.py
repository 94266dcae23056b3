"""Writes the generated part of the Unity package."""

from __future__ import annotations

from unity_codegen.package import PACKAGE, write_package

if __name__ == "__main__":
    write_package(PACKAGE)
