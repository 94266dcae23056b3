"""The package folder as it should be, and making it so."""

from __future__ import annotations

from pathlib import Path

from unity_codegen.metas import metas

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "unity"
GENERATED = Path("Runtime/Generated")


def write_package(package: Path) -> None:
    """Writes what is missing or differs, and removes generated files that are no longer to be there."""
    wanted = metas(package)
    for path in set(package.rglob("*.meta")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
