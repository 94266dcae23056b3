"""The check of commit subjects."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.needs import ROOT


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("Limit TCP connections per address", 0),
        ("A" * 72, 0),
        ("A" * 73, 1),
        ("Limit connections; count them", 1),
    ],
)
def test_a_subject_is_short_and_one_sentence(tmp_path: Path, subject: str, code: int) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    message.write_text(f"{subject}\n\nWhy.\n")

    done = subprocess.run([ROOT / "scripts/check-subject", message], capture_output=True, text=True)

    assert done.returncode == code, done.stderr
