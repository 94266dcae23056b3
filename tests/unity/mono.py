"""Mono's C# compiler and runtime, which replace Unity's in these tests.
The compiler is held to C# 6, the newest that Debian's mcs knows without faults; Unity 2021 has C# 9.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.needs import ROOT, needs

RUNTIME = ROOT / "unity/Runtime"
STUBS = ROOT / "tests/unity/stubs"
LEAVE = ROOT / "tests/unity/Leave.cs"
"""Part of every program."""
IN_UNITY = "UNITY_2021_3_OR_NEWER"
"""Unity defines this symbol. With it the code paths for the engine are compiled, against the stubs in `stubs/`."""
IN_EDITOR = (IN_UNITY, "UNITY_EDITOR", "UNITY_2022_1_OR_NEWER")
"""As in an editor, which adds warnings of settings. `test_roslyn.py` compiles the code of a build."""

NO_FAULTS_OF_DOCS = "1573,1574"
"""A parameter that needs no words, and a name in a comment that this build does not have."""
COMPILE_WAIT_S = 30
"""Ten times as long as on a busy machine."""
COMPILE_ATTEMPTS_MAX = 3
"""The compiler runs on Mono, and sometimes hangs at its end like any Mono program: see `Leave.cs`."""
RUN_WAIT_S = 60


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.cs"))


def compile_csharp(
    out: Path,
    files: Sequence[Path],
    defines: Sequence[str] = (),
    references: Sequence[Path | str] = (),
    documented: bool = False,
    leave: Path = LEAVE,
) -> Path:
    """Compile the files into `out`, a .dll or an .exe. Any warning fails the test with the compiler's message.

    Never into /dev/null: for root, the compiler puts a file in its place, and the machine has no /dev/null any more.

    `documented`: a public member without a documentation comment is a warning, too. `leave`: the class `Leave` of a program.
    """
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
        *([f"-doc:{out.with_suffix('.xml')}", f"-nowarn:{NO_FAULTS_OF_DOCS}"] if documented else []),
        *map(str, [*files, leave] if is_program else files),
    ]
    completed = _run_compiler(arguments)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return out


def _run_compiler(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    for _ in range(COMPILE_ATTEMPTS_MAX - 1):
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(arguments, capture_output=True, text=True, timeout=COMPILE_WAIT_S)
    return subprocess.run(arguments, capture_output=True, text=True, timeout=COMPILE_WAIT_S)


def stub_environment(folder: str | Path) -> dict[str, str]:
    """The environment of a program whose stubs of Unity store their data in `folder`."""
    return {**os.environ, "STUB_DATA_PATH": str(folder)}


async def run_program(program: Path, *arguments: str, wait_s: float = RUN_WAIT_S) -> dict[str, str]:
    """The NAME=VALUE lines that the program prints. Fails with its output if its exit code is not 0."""
    call = [str(needs("mono")), str(program), *arguments]
    with TemporaryDirectory(prefix="lobby-unity-") as folder:
        process = await asyncio.create_subprocess_exec(*call, stdout=PIPE, stderr=PIPE, env=stub_environment(folder))
        try:
            async with asyncio.timeout(wait_s):
                out, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode == 0, out.decode() + complaint.decode()
    return dict(line.split("=", 1) for line in out.decode().splitlines())
