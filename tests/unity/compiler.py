"""Microsoft's C# compiler, Roslyn, which Unity 2021.3 and newer use. `scripts/test` installs it, see `tests/roslyn/`.

One process of the compiler serves all tests of a worker: its start takes some seconds, and a compilation less than one. Workers
share what they have compiled: see `share_in`.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory
from threading import Timer

from tests.needs import ROOT, needs
from tests.waiting import wait_for_value

HERE = ROOT / "tests/roslyn"
COMPILE_WAIT_S = 120
_LIBRARIES = {"Microsoft.CodeAnalysis": "3.10.0.0", "Microsoft.CodeAnalysis.CSharp": "3.10.0.0"} | dict.fromkeys(
    ("System.Collections.Immutable", "System.Reflection.Metadata", "System.Runtime.CompilerServices.Unsafe"), "5.0.0.0"
)
"""The parts of the compiler, with the versions of their assemblies."""
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
_DONE = "done "


@dataclass(frozen=True, slots=True)
class Compilation:
    """`out`: a .dll or an .exe. `version`: of C#. `nullable`: the compiler warns of a null that the annotations forbid.

    `documented`: the compiler warns of a public member without a comment. `framework`: the folder with the assemblies of a .NET,
    if it is not that of the compiler.
    """

    out: Path
    files: Sequence[Path]
    defines: Sequence[str] = ()
    references: Sequence[Path] = ()
    version: str = "9"
    nullable: bool = False
    documented: bool = False
    framework: Path | None = None

    def text(self) -> str:
        lines = [f"out {self.out}", f"version {self.version}"]
        lines += ["nullable enable"] if self.nullable else []
        lines += ["documented yes"] if self.documented else []
        lines += [f"framework {self.framework}"] if self.framework else []
        lines += [f"define {symbol}" for symbol in self.defines]
        lines += [f"reference {path}" for path in self.references]
        return "\n".join([*lines, *(f"source {path}" for path in self.files)])

    def digest(self) -> str:
        """The same for compilations that make the same file."""
        options = (self.out.name, *self.defines, self.version, self.nullable, self.documented, self.framework)
        found = sha256(repr(options).encode())
        for kind, paths in (("source", self.files), ("reference", self.references)):
            for path in paths:
                content = path.read_bytes()
                found.update(f"{kind} {path.name} {len(content)} ".encode() + content)
        return found.hexdigest()


def compile_all(*compilations: Compilation) -> None:
    """Compile one after the other, so that later ones may reference earlier ones. Any warning fails the test."""
    for each in compilations:
        faults = find_faults(each)
        assert faults == [], "\n".join(faults)


def find_faults(compilation: Compilation) -> list[str]:
    """The warnings and errors of a compilation."""
    return _make_once(compilation.digest(), compilation.out, lambda: _compiler().compile(compilation))


_shared: list[Path] = []


def share_in(folder: Path) -> None:
    """Compile the same sources once for all processes that call this with the same folder."""
    folder.mkdir(exist_ok=True)
    _shared[:] = [folder]


def _make_once(digest: str, out: Path, make: Callable[[], list[str]]) -> list[str]:
    """Make the file `out`, or copy what another process has made of the same sources. Returns the faults that `make` has found;
    a file with faults is not shared."""
    if not _shared:
        return make()
    made = _shared[0] / digest
    with _locked(made.with_suffix(".lock")):
        if made.exists():
            shutil.copy(made, out)
            return []
        faults = make()
        if not faults:
            shutil.copy(out, made.with_suffix(".new"))
            made.with_suffix(".new").rename(made)
        return faults


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        wait_for_value(partial(_try_lock, file.fileno()), bool, COMPILE_WAIT_S)
        yield


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Compiler:
    """The process of the compiler, which is itself compiled into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        packages = needs("tests/roslyn") / "@autorest/csharp"
        for name in _LIBRARIES:
            shutil.copy(packages / f"{name}.dll", folder)
        digest = sha256((HERE / "Compiler.cs").read_bytes()).hexdigest()
        assert _make_once(digest, folder / "Compiler.dll", self._compile_itself) == []
        write_configuration(folder / "Compiler", _LIBRARIES)
        call = run_command(folder / "Compiler")
        self._process = Popen(call, stdin=PIPE, stdout=PIPE, stderr=STDOUT, text=True, env=dotnet_environment(folder))

    def compile(self, compilation: Compilation) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        lines = self._folder / "compilation.txt"
        lines.write_text(compilation.text(), encoding="utf-8")
        late = Timer(COMPILE_WAIT_S, self._process.kill)
        late.start()
        try:
            print(lines, file=self._process.stdin, flush=True)
            found: list[str] = []
            for line in self._process.stdout:
                if line.startswith(_DONE):
                    return found
                found.append(line.rstrip())
        finally:
            late.cancel()
        return [*found, "the compiler has ended"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _compile_itself(self) -> list[str]:
        (framework,) = (needs("dotnet").parent / "shared/Microsoft.NETCore.App").iterdir()
        named = [f"-r:{framework / name}.dll" for name in _REFERENCES]
        own = [
            f"-r:{self._folder / name}.dll" for name in _LIBRARIES if name != "System.Runtime.CompilerServices.Unsafe"
        ]
        out = f"-out:{self._folder / 'Compiler.dll'}"
        call: list[str | Path] = [
            needs("mcs"),
            "-nostdlib",
            "-noconfig",
            "-target:exe",
            out,
            *named,
            *own,
            HERE / "Compiler.cs",
        ]
        compiled = subprocess.run(call, capture_output=True, text=True, timeout=COMPILE_WAIT_S)
        return [compiled.stdout + compiled.stderr] if compiled.returncode else []


@cache
def _compiler() -> _Compiler:
    folder = TemporaryDirectory(prefix="lobby-roslyn-")
    atexit.register(folder.cleanup)
    compiler = _Compiler(Path(folder.name))
    atexit.register(compiler.close)
    return compiler


def run_command(program: Path, suffix: str = ".dll") -> list[str | Path]:
    """The command line that runs a program with `write_configuration` on .NET. `program`: without its suffix."""
    configuration = [f"{program}.runtimeconfig.json", "--depsfile", f"{program}.deps.json", f"{program}{suffix}"]
    return [needs("dotnet"), "exec", "--runtimeconfig", *configuration]


def dotnet_environment(folder: Path) -> dict[str, str]:
    """.NET loads libssl by its plain name, and the package has one with a hash in its name. `folder` gets the links."""
    libraries = needs("dotnet").parents[2] / "psycopg2_binary.libs"
    for name in ("libssl", "libcrypto"):
        link = folder / f"{name}.so.1.1"
        if not link.exists():
            (found,) = libraries.glob(f"{name}-*.so.1.1")
            link.symlink_to(found)
    return {**os.environ, "LD_LIBRARY_PATH": f"{folder}:{libraries}", "DOTNET_CLI_TELEMETRY_OPTOUT": "1"}


def write_configuration(program: Path, libraries: dict[str, str]) -> None:
    """The two files that .NET wants beside a program: which .NET it is for, and which assemblies belong to it."""
    framework = {"name": "Microsoft.NETCore.App", "version": "3.1.0"}
    properties = {
        "System.Globalization.Invariant": True,
        "System.Runtime.TieredCompilation.QuickJitForLoops": True,  # 0.6 s of CPU less for the start of the compiler
    }
    options = {"framework": framework, "configProperties": properties}
    Path(f"{program}.runtimeconfig.json").write_text(json.dumps({"runtimeOptions": options}), encoding="utf-8")
    target = {
        f"{name}/1.0.0": {"runtime": {f"{name}.dll": {"assemblyVersion": version, "fileVersion": version}}}
        for name, version in libraries.items()
    }
    package = {"type": "package", "serviceable": False, "sha512": "", "path": "."}
    name = ".NETCoreApp,Version=v3.1"
    found = {"runtimeTarget": {"name": name}, "targets": {name: target}, "libraries": dict.fromkeys(target, package)}
    Path(f"{program}.deps.json").write_text(json.dumps(found), encoding="utf-8")
