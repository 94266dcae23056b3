"""Microsoft's .NET besides Mono. Unity's own .NET is a fork of Mono, so most tests use Mono."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.unity.compiler import Compilation, compile_all, dotnet_environment, run_command, write_configuration
from tests.unity.mono import RUN_WAIT_S, stub_environment


def compile_for_dotnet(*compilations: Compilation) -> None:
    """Compile them, and let .NET run those that are programs. Any warning fails the test."""
    for each in compilations:
        if each.out.suffix == ".exe":
            write_configuration(each.out.with_suffix(""), dict.fromkeys((p.stem for p in each.references), "0.0.0.0"))
    compile_all(*compilations)


async def run_on_dotnet(program: Path, folder: Path, *arguments: str) -> dict[str, str]:
    """The NAME=VALUE lines that a compiled program prints. Fails with its output if its exit code is not 0."""
    call = [*map(str, run_command(program.with_suffix(""), ".exe")), *arguments]
    environment = {**dotnet_environment(folder), **stub_environment(folder)}
    process = await asyncio.create_subprocess_exec(*call, stdout=PIPE, stderr=PIPE, env=environment)
    try:
        async with asyncio.timeout(RUN_WAIT_S):
            out, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out.decode() + complaint.decode()
    return dict(line.split("=", 1) for line in out.decode().splitlines())
