"""Mono's C# compiler and runtime, which take the place of Unity's here.

The compiler is held to C# 6, the newest that Debian's mcs knows without faults; Unity 2021 has C# 9.
"""

from __future__ import annotations

import asyncio
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.needs import ROOT, needs

RUNTIME = ROOT / "unity/Runtime"
STUBS = ROOT / "tests/unity/stubs"
LEAVE = ROOT / "tests/unity/Leave.cs"
"""Part of every program."""
IN_UNITY = "UNITY_2021_3_OR_NEWER"
"""Unity defines it; the code paths inside the engine are compiled with it, against the stand-ins in `stubs/`."""

COMPILE_WAIT_S = 30
"""Ten times what it takes on a busy machine."""
COMPILE_ATTEMPTS_MAX = 3
"""The compiler is a program of Mono's, and may be slow to leave like any other: see `Leave.cs`."""
RUN_WAIT_S = 60


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.cs"))


def compiled(
    out: Path,
    files: Sequence[Path],
    defines: Sequence[str] = (),
    references: Sequence[Path | str] = (),
) -> Path:
    """Compiles the files into `out`, a .dll or an .exe. Any warning is an error, and its words fail the test."""
    is_program = out.suffix == ".exe"
    arguments = [
        str(needs("mcs")),
        "-langversion:6",
        "-warnaserror",
        f"-target:{'exe' if is_program else 'library'}",
        f"-out:{out}",
        "-r:System.Net.Http.dll",
        *(f"-r:{reference}" for reference in references),
        *(f"-define:{define}" for define in defines),
        *map(str, [*files, LEAVE] if is_program else files),
    ]
    done = _compiler_run(arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def _compiler_run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    for _ in range(COMPILE_ATTEMPTS_MAX - 1):
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(arguments, capture_output=True, text=True, timeout=COMPILE_WAIT_S)
    return subprocess.run(arguments, capture_output=True, text=True, timeout=COMPILE_WAIT_S)


async def said_by(program: Path, *arguments: str) -> dict[str, str]:
    """The NAME=VALUE lines that the program prints; its own words when it fails."""
    call = [str(needs("mono")), str(program), *arguments]
    running = await asyncio.create_subprocess_exec(*call, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(RUN_WAIT_S):
            out, complaint = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    assert running.returncode == 0, out.decode() + complaint.decode()
    return dict(line.split("=", 1) for line in out.decode().splitlines())
