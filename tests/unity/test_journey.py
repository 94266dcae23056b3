"""C# programs play whole scenarios over HTTP against a running server, with stubs of the Unity classes and without them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import time

from tests.lobby.auth.external.fake_issuer import publishing
from tests.served.lobby import lobby
from tests.unity.conftest import Build, journey_program
from tests.unity.mono import run_program
from tools.chaos.figures import Figures
from tools.chaos.proxy.network_faults import NO_FAULT, ConnectionFault, NetworkFaults
from tools.chaos.proxy.proxy import Proxy
from tools.demo.address import Address

LOST = [ConnectionFault(unanswered_after=1)] * 3
TOKEN_S = 2
"""Tokens expire on whole seconds, so after one to two seconds."""


class ScriptedFaults(NetworkFaults):
    """The given faults, one for each connection. Later connections have no fault."""

    def __init__(self, faults: Sequence[ConnectionFault]) -> None:
        super().__init__(Random(0))
        self._faults = list(faults)

    def next_fault(self) -> ConnectionFault:
        return self._faults.pop(0) if self._faults else NO_FAULT


@asynccontextmanager
async def faulty_proxy(address: Address, *faults: ConnectionFault) -> AsyncIterator[tuple[str, Figures]]:
    host, port = address.base.removeprefix("http://").split(":")
    figures = Figures()
    proxy = Proxy([(host, int(port))], ScriptedFaults(faults), Random(0), figures)
    await proxy.open()
    try:
        yield "http://{}:{}".format(*proxy.address), figures
    finally:
        await proxy.close()


async def test_two_clients_play_a_party_with_trusted_documents_only(journey: Path) -> None:
    with lobby(trusted_documents_only=True, grace_waiting_s=30) as address:
        printed = await run_program(journey, "journey", address.base)

    assert printed.pop("last") == f"MemberLeft/{printed.pop('bram-id')}/Left"
    assert printed == {
        "bram": 'Bram "the" Bård \N{DRAGON}',
        "difficulties": "Easy,Normal,Hard",
        "created": "Into the dark/Waiting/Knight",
        "listed": "Into the dark (1/8)",
        "refused": "WrongPassword/input.password/4",
        "joined": 'Ada,Bram "the" Bård \N{DRAGON}',
        "not-ready": "NotReady/2",
        "ready": "True",
        "endpoint": "10.0.0.9:7777",
        "ticket": "3",
        "session": "InProgress/3/Into the dark/2",
        "running": "True",
        "completed": "the dragon sleeps",
        "left": "True",
        "kinds": "PartyCreated,MemberJoined,MemberUpdated,CountdownStarted,SessionStarted,SessionUpdated,SessionEnded,MemberLeft",
        "holes": "0",
        "disbanded": "Closed",
        "nobodys": "True",
    }


async def test_a_leader_uses_every_operation_and_leadership_changes(journey: Path) -> None:
    with lobby(trusted_documents_only=True, grace_waiting_s=30, kick_cooldown_s=60) as address:
        printed = await run_program(journey, "leading", address.base)

    assert printed == {
        "found": "True",
        "by-id": "2",
        "changed": "Hard/Pvp/crypt",
        "not-leader": "NotLeader",
        "stale": "VersionConflict/True",
        "rotated": "True",
        "starting": "Waiting/True",
        "cancelled": "Waiting",
        "gone": "NotFound",
        "claimed": "NotReady",
        "leader": "Bram",
        "kicked": "1",
        "cooldown": "KickCooldown/True/True",
    }


async def test_mutations_without_responses_take_effect_once(journey: Path) -> None:
    with lobby(grace_waiting_s=30) as address:
        async with faulty_proxy(address, *LOST) as (url, first), faulty_proxy(address, *LOST) as (other_url, second):
            printed = await run_program(journey, "lost-answer", address.base, url, other_url)

    assert [proxy.cut["before the answer"] for proxy in (first, second)] == [len(LOST), len(LOST)]
    assert printed == {"replayed": "True/True", "same-party": "True", "messages": "1"}


async def test_an_expired_token_is_refreshed_without_an_error(journey: Path) -> None:
    with lobby(access_token_min=TOKEN_S / 60) as address:
        printed = await run_program(journey, "expired-token", address.base)

    assert printed == {"same-player": "True"}


async def test_a_token_provider_is_called_again_for_an_expired_token(journey: Path) -> None:
    with publishing() as issuer, lobby(issuers=[issuer.settings()], guests=False) as address:
        tokens = [issuer.token(exp=time() - 3600), issuer.token(), issuer.token()]
        printed = await run_program(journey, "own-sign-in", address.base, *tokens)

    assert printed == {"name": "Ada/Ada", "left": "1"}


async def test_a_server_of_another_version_gets_the_texts_of_documents(journey: Path) -> None:
    with lobby() as address:
        printed = await run_program(journey, "unknown-hash", address.base)

    assert printed == {"members": "1", "requests": "3"}


async def test_a_request_without_a_response_is_cancelled_or_retried(journey: Path) -> None:
    silent = ConnectionFault(silent_after_s=0.0, cut_after_s=60.0)
    with lobby() as address:
        async with faulty_proxy(address, silent, silent) as (url, _):
            printed = await run_program(journey, "silence", url)

    assert printed == {"cancelled": "True", "same-thread": "True", "answered": "8"}


async def test_a_guest_is_restored_from_the_store_of_the_platform(inside: Build) -> None:
    with lobby() as address:
        printed = await run_program(journey_program(inside), "comes-back", address.base)

    assert printed == {"two": "True", "known": "Ada", "forgotten": "True"}
