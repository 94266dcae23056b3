"""Schemathesis sends valid and invalid requests made from the OpenAPI document; every response must be a documented one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.web.rest_client import guest, running

REQUESTS_PER_PATH = 4
"""Requests of each kind; about 350 in all."""
RUN_WAIT_S = 120
# A well-formed request may still break a rule of the lobby: a closed party, a key that was used before.
NOT_CHECKED = "positive_data_acceptance"


@pytest.mark.parametrize(
    ("settings", "phases"),
    [
        pytest.param({}, "examples,coverage,fuzzing,stateful", id="closed"),
        pytest.param({"open_rest": True}, "examples,fuzzing,stateful", id="open"),
    ],
)
def test_every_response_is_documented(settings: dict[str, Any], phases: str, tmp_path: Path) -> None:
    """No 5xx, and no other status, media type or shape. A request that breaks the document is refused."""
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
