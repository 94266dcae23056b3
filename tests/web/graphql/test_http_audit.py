from __future__ import annotations

import subprocess
from pathlib import Path

from tests.needs import needs
from tests.web.graphql_app import running

AUDIT = Path(__file__).parents[2] / "audit"
AUDIT_WAIT_S = 60


def test_every_audit_of_graphql_http_is_passed() -> None:
    """The npm package's own 61 checks of GraphQL over HTTP, the SHOULDs and MAYs among them."""
    node = needs("node")
    if not (AUDIT / "node_modules").is_dir():
        needs("tests/audit")

    with running() as server:
        command: list[str | Path] = [node, AUDIT / "http.js", f"{server.url}/graphql"]
        audited = subprocess.run(command, capture_output=True, text=True, timeout=AUDIT_WAIT_S, check=True)

    assert audited.stdout == "61 audits\n"
