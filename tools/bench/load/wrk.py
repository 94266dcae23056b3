"""Load over HTTP by wrk: as many requests as the server answers, each client waiting for its answer."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from bench.request import Request

SCRIPT = Path(__file__).with_name("wrk.lua")
KEY_PLACE = "\t"
"""Stands in a body where wrk is to put a fresh idempotency key."""
BEYOND_S = 30


class LoadFailed(Exception):
    """wrk is missing, or some of its requests got no answer or no 2xx."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk did and saw; latencies are those of clients that wait for each other's share of the core."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.duration_s


def load(port: int, path: str, requests: Iterable[Request], seconds: int, connections: int) -> Load:
    """Send `requests` in turn for `seconds` over `connections` connections. Raises `LoadFailed`."""
    program = shutil.which("wrk")
    if program is None:
        raise LoadFailed("wrk is missing: install it, on Debian with apt-get install wrk")
    with NamedTemporaryFile("w", suffix=".requests", encoding="utf-8") as file:
        file.writelines(f"{request.token}\t{request.body}\n" for request in requests)
        file.flush()
        url = f"http://127.0.0.1:{port}{path}"
        counts = ["-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s"]
        command = [program, *counts, "-s", str(SCRIPT), url, "--", file.name, secrets.token_hex(4)]
        ran = subprocess.run(  # noqa: S603 - wrk, on a file of ours
            command, capture_output=True, text=True, timeout=seconds + BEYOND_S, check=False
        )
    return _read(ran)


def _read(ran: subprocess.CompletedProcess[str]) -> Load:
    lines = ran.stdout.strip().splitlines()
    if ran.returncode or not lines or not lines[-1].startswith("{"):
        raise LoadFailed(f"wrk: {ran.stderr.strip() or ran.stdout.strip()}")
    told = json.loads(lines[-1])
    if told["failed"] or not told["requests"]:
        raise LoadFailed(f"{told['failed']} of {told['requests']} requests failed")
    return Load(told["requests"], told["duration_us"] / 1e6, told["p50_us"] / 1e3, told["p99_us"] / 1e3)
