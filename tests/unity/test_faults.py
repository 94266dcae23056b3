"""Faults that lose players, calls or streams, played in C# against running servers."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.served.lobby import lobby
from tests.unity.conftest import Build, journey_program
from tests.unity.mono import run_program
from tests.unity.stream.proxy_faults import LostAnswers
from tools.chaos.figures import Figures
from tools.chaos.ports import free_ports
from tools.chaos.proxy.proxy import Proxy

SHARED_S = int(os.environ.get("LOBBY_TEST_SHARED_STORE_S", "3"))
"""How long two games share their credentials. In the suite some seconds; set the variable for a longer run."""
TOKEN_S = 2
"""Tokens expire on whole seconds, so after one to two seconds."""
TOKENS_MIN = 2
TOLD_WITHIN_MS = 10_000
"""A developer without a server learns it in a fraction of a second, on a machine that is not busy."""

OF_ALL_BUILDS = {
    "sign-out": "SignedOut/0/2",
    "other-player": "NO_ANSWER/True",
    "refused-partyEvents": "Refused/GRAPHQL_VALIDATION_FAILED",
    "refused-subscription": "Refused/GRAPHQL_PARSE_FAILED",
    "unreadable": "1/0/Live",
    "states": "Ended",
    "hangs": "NO_TOKEN",
    "throws": "NO_TOKEN",
    "works": "Ada",
    "stream-works": "2",
    "handler-throws": "PLAYER_CHANGED/True",
}


async def test_faults_outside_of_unity_are_bounded_and_named(outside: Build) -> None:
    printed = await play_faults(outside)
    told_ms = int(printed.pop("told-ms"))
    print(f"told of a missing server after {told_ms} ms")
    assert told_ms < TOLD_WITHIN_MS
    assert printed == {**OF_ALL_BUILDS, "rejected": "0", "no-server": "NO_ANSWER/True"}


async def test_faults_inside_of_unity_are_bounded_and_named(inside: Build) -> None:
    assert await play_faults(inside) == {**OF_ALL_BUILDS, "forbidden": "NOT_SENT", "undisposed": "0"}


async def play_faults(build: Build) -> dict[str, str]:
    (closed,) = free_ports(1)
    with lobby(grace_waiting_s=30, mutations_per_player_s=30) as address:
        return await run_program(journey_program(build), "faults", address.base, f"http://127.0.0.1:{closed}")


@pytest.mark.timeout(SHARED_S + 300)
async def test_games_with_one_store_of_credentials_sign_nobody_out(outside: Build, tmp_path: Path) -> None:
    """Their tokens expire all the time, half of the responses are lost, and one game is killed in the middle."""
    program, store = journey_program(outside), str(tmp_path / "guest.json")
    with lobby(
        access_token_min=TOKEN_S / 60, refreshes_per_address_min=100_000, refusals_per_address_s=1000
    ) as address:
        host, port = address.base.removeprefix("http://").split(":")
        proxy = Proxy([(host, int(port))], LostAnswers(Random(5)), Random(6), figures := Figures())
        await proxy.open()
        url = "http://{}:{}".format(*proxy.address)
        try:
            first = await run_program(program, "shared", url, store, "0", "0")
            games = [asyncio.create_task(play_shared(program, url, store, SHARED_S)) for _ in range(2)]
            killed = asyncio.create_task(play_shared(program, url, store, SHARED_S))
            await asyncio.sleep(SHARED_S / 2)
            killed.cancel()
            with suppress(asyncio.CancelledError):
                await killed
            printed = await asyncio.gather(*games)
            later = await run_program(program, "shared", url, store, "0", "0")
        finally:
            await proxy.close()

    print(f"{SHARED_S} s: {printed}, cut: {dict(figures.cut)}")
    assert figures.cut["before the answer"] > 0
    assert {game["player"] for game in [first, *printed, later]} == {first["player"]}
    assert [(game["signed-out"], game["others"]) for game in printed] == [("0", "0")] * 2
    assert all(int(game["tokens"]) >= TOKENS_MIN for game in printed), "the tokens were refreshed"


async def play_shared(program: Path, url: str, store: str, seconds: int) -> dict[str, str]:
    return await run_program(program, "shared", url, store, str(seconds), str(TOKENS_MIN), wait_s=seconds + 60)
