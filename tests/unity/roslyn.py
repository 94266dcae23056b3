"""Microsoft's C# compiler and .NET besides Mono's: `scripts/test` installs both from packages, see `tests/roslyn/`.

Unity 2021.3 and newer compile with Roslyn and C# 9. Unity's own .NET is a fork of Mono, so the other tests use Mono.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.needs import ROOT, needs
from tests.unity.mono import RUN_WAIT_S, stub_environment

HERE = ROOT / "tests/roslyn"
COMPILE_WAIT_S = 120
_LIBRARIES = {"Microsoft.CodeAnalysis": "3.10.0.0", "Microsoft.CodeAnalysis.CSharp": "3.10.0.0"} | dict.fromkeys(
    ("System.Collections.Immutable", "System.Reflection.Metadata", "System.Runtime.CompilerServices.Unsafe"), "5.0.0.0"
)
"""What the compiler consists of, with the versions of the assemblies."""
_REFERENCES = (
    "System.Private.CoreLib",
    "System.Runtime",
    "System.Runtime.Extensions",
    "System.Linq",
    "System.Collections",
    "System.IO.FileSystem",
    "System.Console",
    "netstandard",
)


@dataclass(frozen=True, slots=True)
class Compilation:
    """`out`: a .dll or an .exe. `version`: of C#. `nullable`: whether null where none may be is a warning.

    `documented`: whether a public member without a comment is one. `framework`: the folder with the assemblies of a .NET other
    than the compiler's."""

    out: Path
    files: Sequence[Path]
    defines: Sequence[str] = ()
    references: Sequence[Path] = ()
    version: str = "9"
    nullable: bool = False
    documented: bool = False
    framework: Path | None = None

    def text(self) -> str:
        lines = [f"out {self.out}", f"version {self.version}", *(["nullable enable"] if self.nullable else [])]
        lines += ["documented yes"] if self.documented else []
        lines += [f"framework {self.framework}"] if self.framework else []
        lines += [f"define {symbol}" for symbol in self.defines]
        lines += [f"reference {path}" for path in self.references]
        return "\n".join([*lines, *(f"source {path}" for path in self.files)])


class Roslyn:
    """The compiler, itself compiled into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages = needs("tests/roslyn") / "@autorest/csharp"
        self._dotnet = needs("dotnet")
        for name in _LIBRARIES:
            shutil.copy(self._packages / f"{name}.dll", folder)
        compiled = subprocess.run(self._compile_itself(), capture_output=True, text=True, timeout=COMPILE_WAIT_S)
        assert compiled.returncode == 0, compiled.stdout + compiled.stderr
        _write_configuration(folder / "Compiler", _LIBRARIES)

    def compile(self, *compilations: Compilation) -> None:
        """Compile one after the other, so that later ones may reference earlier ones. Any warning fails the test."""
        lists: list[Path] = []
        for number, each in enumerate(compilations):
            lists.append(self._folder / f"{number}.txt")
            lists[-1].write_text(each.text(), encoding="utf-8")
            if each.out.suffix == ".exe":
                _write_configuration(
                    each.out.with_suffix(""), dict.fromkeys((p.stem for p in each.references), "0.0.0.0")
                )
        call = [*self._run(self._folder / "Compiler"), *lists]
        done = subprocess.run(call, capture_output=True, text=True, timeout=COMPILE_WAIT_S, env=self._environment())
        assert done.returncode == 0, done.stdout + done.stderr

    async def run(self, program: Path, folder: Path, *arguments: str) -> dict[str, str]:
        """The NAME=VALUE lines that a compiled program prints. Fails with its output if its exit code is not 0."""
        call = [*map(str, self._run(program.with_suffix(""), ".exe")), *arguments]
        environment = {**self._environment(), **stub_environment(folder)}
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

    def _compile_itself(self) -> list[str | Path]:
        (framework,) = (self._dotnet.parent / "shared/Microsoft.NETCore.App").iterdir()
        named = [f"-r:{framework / name}.dll" for name in _REFERENCES]
        own = [
            f"-r:{self._folder / name}.dll" for name in _LIBRARIES if name != "System.Runtime.CompilerServices.Unsafe"
        ]
        return [
            needs("mcs"),
            "-nostdlib",
            "-noconfig",
            "-target:exe",
            f"-out:{self._folder / 'Compiler.dll'}",
            *named,
            *own,
            HERE / "Compiler.cs",
        ]

    def _run(self, program: Path, suffix: str = ".dll") -> list[str | Path]:
        configuration = [f"{program}.runtimeconfig.json", "--depsfile", f"{program}.deps.json", f"{program}{suffix}"]
        return [self._dotnet, "exec", "--runtimeconfig", *configuration]

    def _environment(self) -> dict[str, str]:
        """.NET loads libssl by its plain name, and the package has one with a hash in its name."""
        libraries = self._dotnet.parents[2] / "psycopg2_binary.libs"
        for name in ("libssl", "libcrypto"):
            link = self._folder / f"{name}.so.1.1"
            if not link.exists():
                (found,) = libraries.glob(f"{name}-*.so.1.1")
                link.symlink_to(found)
        return {**os.environ, "LD_LIBRARY_PATH": f"{self._folder}:{libraries}", "DOTNET_CLI_TELEMETRY_OPTOUT": "1"}


def _write_configuration(program: Path, libraries: dict[str, str]) -> None:
    """The two files that .NET wants beside a program: which .NET it is for, and which assemblies belong to it."""
    framework = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
    options = {"framework": framework, "configProperties": {"System.Globalization.Invariant": True}}
    Path(f"{program}.runtimeconfig.json").write_text(json.dumps({"runtimeOptions": options}), encoding="utf-8")
    target = {
        f"{name}/1.0.0": {"runtime": {f"{name}.dll": {"assemblyVersion": version, "fileVersion": version}}}
        for name, version in libraries.items()
    }
    package = {"type": "package", "serviceable": False, "sha512": "", "path": "."}
    name = ".NETCoreApp,Version=v3.1"
    found = {"runtimeTarget": {"name": name}, "targets": {name: target}, "libraries": dict.fromkeys(target, package)}
    Path(f"{program}.deps.json").write_text(json.dumps(found), encoding="utf-8")
