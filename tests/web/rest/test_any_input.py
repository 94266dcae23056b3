"""Whatever is sent, the answer is a documented one: schemathesis makes requests from the OpenAPI document, good and bad."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.http.rest_client import guest, running

REQUESTS_PER_PATH = 4
"""Of each of its kinds; some 350 in all."""
RUN_WAIT_S = 120
# What is well-formed may still be against the rules of the lobby: a closed party, a key used before.
NOT_CHECKED = "positive_data_acceptance"


@pytest.mark.parametrize(
    ("settings", "phases"),
    [
        pytest.param({}, "examples,coverage,fuzzing,stateful", id="closed"),
        pytest.param({"open_rest": True}, "examples,fuzzing,stateful", id="open"),
    ],
)
def test_no_request_has_an_answer_that_is_not_documented(settings: dict[str, Any], phases: str, tmp_path: Path) -> None:
    """No 5xx, no other status, media type or shape; what breaks the document's own rules is refused."""
    with running(countdown_s=0, **settings) as url:
        token = [] if settings else ["--header", f"Authorization: Bearer {guest(url).token}"]
        options = [
            "--generation-deterministic",
            f"--max-examples={REQUESTS_PER_PATH}",
            f"--phases={phases}",
            f"--exclude-checks={NOT_CHECKED}",
            "--include-path-regex=^/(party|session)",
            "--no-color",
            *token,
        ]
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", *options]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=RUN_WAIT_S, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
