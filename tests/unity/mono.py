"""Mono, which replaces Unity's own .NET in these tests, and programs for it, compiled by Unity's compiler as C# 9."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.needs import ROOT, needs
from tests.unity.compiler import Compilation, compile_all

RUNTIME = ROOT / "unity/Runtime"
STUBS = ROOT / "tests/unity/stubs"
LEAVE = ROOT / "tests/unity/Leave.cs"
"""Part of every program."""
IN_UNITY = "UNITY_2021_3_OR_NEWER"
"""Unity defines this symbol. With it the code paths for the engine are compiled, against the stubs in `stubs/`."""
IN_EDITOR = (IN_UNITY, "UNITY_EDITOR", "UNITY_2022_1_OR_NEWER", "UNITY_2023_1_OR_NEWER")
"""As in an editor, which adds warnings of settings. `test_roslyn.py` compiles the code of a build."""

_LIBRARIES = Path("/usr/lib/mono/4.5")
RUN_WAIT_S = 60


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.cs"))


def compile_csharp(
    out: Path,
    files: Sequence[Path],
    defines: Sequence[str] = (),
    references: Sequence[Path] = (),
    documented: bool = False,
    nullable: bool = False,
    leave: Path = LEAVE,
) -> Path:
    """Compile the files into `out`, a .dll or an .exe. Any warning fails the test with the compiler's message.

    Never into /dev/null: for root, a compiler may put a file in its place, and the machine has no /dev/null any more.

    `documented`: a public member without a documentation comment is a warning, too. `nullable`: so is null where none may be.
    `leave`: the class `Leave` of a program.
    """
    parts = [*files, leave] if out.suffix == ".exe" else files
    compile_all(
        Compilation(
            out, parts, defines, references, nullable=nullable, documented=documented, framework=_libraries_of_mono()
        )
    )
    return out


def _libraries_of_mono() -> Path:
    needs("mono")
    return _LIBRARIES


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
