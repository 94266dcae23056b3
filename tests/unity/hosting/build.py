"""The package's assemblies for the run, which are compiled against the Runtime as Unity does it: each on its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.unity.conftest import Build
from tests.unity.mono import compile_csharp, sources
from tools.unity_codegen.package import PACKAGE

HOSTING = PACKAGE / "Hosting"
NETCODE = PACKAGE / "Netcode"
NETCODE_DEFINES = ("LOBBY_NETCODE", "LOBBY_NETCODE_WEBSOCKETS")
"""As Unity defines them where Netcode for GameObjects and version 2 of its transport are installed."""


@cache
def hosting_library(build: Build) -> Path:
    out = build.library.with_name("AdventureBot2.Lobby.Hosting.dll")
    return compile_csharp(out, sources(HOSTING), build.defines, [build.library], documented=True)


@cache
def netcode_library(build: Build) -> Path:
    out = build.library.with_name("AdventureBot2.Lobby.Netcode.dll")
    references = [build.library, hosting_library(build)]
    return compile_csharp(out, sources(NETCODE), [*build.defines, *NETCODE_DEFINES], references, documented=True)
