"""The sample's lobby screen on stubs of the engine: it compiles in every kind of project, and two players use its buttons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.served.lobby import lobby
from tests.unity.conftest import Build
from tests.unity.mono import compile_csharp, run_program, sources
from tools.unity_codegen.package import PACKAGE

SAMPLE = PACKAGE / "Samples~/LobbySample"
NETCODE = ("LOBBY_SAMPLE_NETCODE", "LOBBY_SAMPLE_INPUT_SYSTEM")


@pytest.mark.parametrize(
    "defines",
    [(), NETCODE, (*NETCODE, "LOBBY_SAMPLE_WEBSOCKETS"), ("ENABLE_LEGACY_INPUT_MANAGER", "UNITY_2022_2_OR_NEWER")],
    ids=["bare", "netcode", "websockets", "legacy"],
)
def test_the_sample_compiles_with_and_without_optional_packages(inside: Build, defines: tuple[str, ...]) -> None:
    compile_csharp(Path("/dev/null"), sources(SAMPLE), [*inside.defines, *defines], [inside.library])


async def test_two_players_of_the_sample_join_a_party_and_start_a_session(inside: Build) -> None:
    files = [*sources(SAMPLE), *sources(Path(__file__).with_name("sample"))]
    program = inside.library.with_name("Sample.exe")
    compile_csharp(program, files, [*inside.defines, *NETCODE], [inside.library])
    with lobby(countdown_s=1, grace_waiting_s=30) as address:
        printed = await run_program(program, address.base)

    assert printed == {
        "refused": "The party needs a password.",
        "gathered": "True",
        "members": "Ada   Knight   leads, Bram   Wizard   ready",
        "only-the-leader-starts": "True",
        "endpoint": "127.0.0.1:7777",
        "ticket-parts": "3",
        "new-host": "7778/False",
        "back": "True",
    }
