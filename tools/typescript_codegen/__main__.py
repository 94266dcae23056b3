"""Writes the generated files of `javascript/`. `scripts/unity` runs it."""

from __future__ import annotations

from tools.typescript_codegen.files import FOLDER, generated_files

if __name__ == "__main__":
    for path, text in generated_files().items():
        (FOLDER / path).write_text(text, encoding="utf-8")
