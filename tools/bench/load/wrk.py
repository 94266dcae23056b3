"""HTTP load by wrk: each client sends its next request as soon as the previous response arrives."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from tools.bench.documents import Request

SCRIPT = Path(__file__).with_name("wrk.lua")
KEY_MARK = "\t"
"""Marks the position in a body where wrk inserts a fresh idempotency key."""
EXTRA_WAIT_S = 30


class LoadFailed(Exception):
    """wrk is not installed, or some of its requests had no response or one without a 2xx status."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The counts of wrk. The latencies include the time that clients wait for each other's share of the core."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.duration_s


def run_wrk(
    port: int, path: str, requests: Iterable[Request], seconds: int, connections: int, may_be_idle: bool = False
) -> LoadResult:
    """Send `requests` in turn, again and again, for `seconds` over `connections` connections. Raises `LoadFailed`, also if there
    was no response at all, unless `may_be_idle`."""
    program = shutil.which("wrk")
    if program is None:
        raise LoadFailed("wrk is missing: install it, on Debian with apt-get install wrk")
    with NamedTemporaryFile("w", suffix=".requests", encoding="utf-8") as file:
        file.writelines(f"{request.token}\t{request.body}\n" for request in requests)
        file.flush()
        url = f"http://127.0.0.1:{port}{path}"
        counts = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s"]
        command = [program, *counts, "-s", str(SCRIPT), url, "--", file.name, secrets.token_hex(4)]
        process = subprocess.run(  # noqa: S603 - wrk, on a file of ours
            command, capture_output=True, text=True, timeout=seconds + EXTRA_WAIT_S, check=False
        )
    done = _parse(process)
    if not done.requests and not may_be_idle:
        raise LoadFailed("no request had a response")
    return done


def _parse(process: subprocess.CompletedProcess[str]) -> LoadResult:
    lines = process.stdout.strip().splitlines()
    if process.returncode or not lines or not lines[-1].startswith("{"):
        raise LoadFailed(f"wrk: {process.stderr.strip() or process.stdout.strip()}")
    counts = json.loads(lines[-1])
    if counts["failed"]:
        raise LoadFailed(f"{counts['failed']} of {counts['requests']} requests failed")
    return LoadResult(counts["requests"], counts["duration_us"] / 1e6, counts["p50_us"] / 1e3, counts["p99_us"] / 1e3)
