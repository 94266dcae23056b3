"""The package folder as it should be, and making it so."""

from __future__ import annotations

from pathlib import Path

from unity_codegen.contract import read_contract
from unity_codegen.generated import generated
from unity_codegen.metas import metas

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "unity"
GENERATED = Path("Runtime/Generated")


def write_package(package: Path) -> None:
    """Writes what is missing or differs, and removes what is no longer to be there. `.meta` files last: they go by what
    is there."""
    code = generated_code(package)
    _make_so(set((package / GENERATED).rglob("*.cs")), code)
    _make_so(set(package.rglob("*.meta")), metas(package))


def generated_code(package: Path) -> dict[Path, str]:
    """Path of each generated C# file -> its text."""
    files = generated(read_contract(ROOT))
    return {package / GENERATED / place: text for place, text in files.items()}


def _make_so(there: set[Path], wanted: dict[Path, str]) -> None:
    for path in there - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        if path not in there or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
