"""The sample's lobby screen on stubs of the engine: it compiles in every kind of project, and two players use its buttons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.served.lobby import lobby
from tests.unity.conftest import Build
from tests.unity.hosting.build import hosting_library, netcode_library
from tests.unity.mono import compile_csharp, run_program, sources
from tools.unity_codegen.package import PACKAGE

SAMPLE = PACKAGE / "Samples~/LobbySample"
NETCODE = ("LOBBY_SAMPLE_NETCODE", "LOBBY_SAMPLE_INPUT_SYSTEM")


@pytest.mark.parametrize(
    "defines",
    [(), NETCODE, ("ENABLE_LEGACY_INPUT_MANAGER", "UNITY_2022_2_OR_NEWER")],
    ids=["bare", "netcode", "legacy"],
)
def test_the_sample_compiles_with_and_without_optional_packages(
    inside: Build, defines: tuple[str, ...], tmp_path: Path
) -> None:
    references = [
        inside.library,
        hosting_library(inside),
        *([netcode_library(inside)] if "NETCODE" in str(defines) else []),
    ]
    compile_csharp(tmp_path / "compiled.dll", sources(SAMPLE), [*inside.defines, *defines], references)


async def test_two_players_of_the_sample_join_a_party_and_start_a_session(inside: Build) -> None:
    files = [*sources(SAMPLE), *sources(Path(__file__).with_name("sample"))]
    program = inside.library.with_name("Sample.exe")
    references = [inside.library, hosting_library(inside), netcode_library(inside)]
    compile_csharp(program, files, [*inside.defines, *NETCODE], references)
    with lobby(countdown_s=1, grace_waiting_s=30) as address:
        printed = await run_program(program, address.base)

    assert printed == {
        "refused": "The party needs a password.",
        "gathered": "True",
        "members": "Ada   Knight   leads, Bram   Wizard   ready",
        "only-the-leader-starts": "True",
        "endpoint": "client/127.0.0.1/True",
        "ticket-parts": "3",
        "new-host": "client/True/False",
        "back": "True",
    }
