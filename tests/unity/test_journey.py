"""C# plays whole journeys over HTTP against a running server, with Unity's own classes (their stand-ins) and without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from time import time

from chaos.figures import Figures
from chaos.proxy.fate import CLEAN, Fate
from chaos.proxy.proxy import Proxy
from chaos.proxy.weather import Weather
from lobby.demo.address import Address
from tests.auth.external.issuing import publishing
from tests.served.lobby import lobby
from tests.unity.conftest import Build, journey_program
from tests.unity.mono import said_by

LOST = [Fate(unanswered_after=1)] * 3
TOKEN_S = 2
"""Tokens expire on whole seconds, so after one to two of them."""


class Forecast(Weather):
    """Fates as they are laid out, one for each connection; all after them are sound."""

    def __init__(self, fates: Sequence[Fate]) -> None:
        super().__init__(Random(0))
        self._fates = list(fates)

    def fate(self) -> Fate:
        return self._fates.pop(0) if self._fates else CLEAN


@asynccontextmanager
async def bad_way(address: Address, *fates: Fate) -> AsyncIterator[tuple[str, Figures]]:
    host, port = address.base.removeprefix("http://").split(":")
    figures = Figures()
    proxy = Proxy([(host, int(port))], Forecast(fates), Random(0), figures)
    await proxy.open()
    try:
        yield "http://{}:{}".format(*proxy.address), figures
    finally:
        await proxy.close()


async def test_two_clients_gather_play_and_part_with_trusted_documents_alone(journey: Path) -> None:
    with lobby(trusted_documents_only=True, grace_waiting_s=30) as address:
        said = await said_by(journey, "journey", address.base)

    assert said.pop("last") == f"MemberLeft/{said.pop('bram-id')}/Left"
    assert said == {
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


async def test_a_leader_rules_and_hands_over(journey: Path) -> None:
    with lobby(trusted_documents_only=True, grace_waiting_s=30, kick_cooldown_s=60) as address:
        said = await said_by(journey, "leading", address.base)

    assert said == {
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


async def test_mutations_whose_answers_are_lost_count_once(journey: Path) -> None:
    with lobby(grace_waiting_s=30) as address:
        async with bad_way(address, *LOST) as (url, created), bad_way(address, *LOST) as (other_url, said):
            told = await said_by(journey, "lost-answer", address.base, url, other_url)

    assert [way.cut["before the answer"] for way in (created, said)] == [len(LOST), len(LOST)]
    assert told == {"replayed": "True/True", "same-party": "True", "messages": "1"}


async def test_a_token_that_expires_is_refreshed_without_anyone_noticing(journey: Path) -> None:
    with lobby(access_token_min=TOKEN_S / 60) as address:
        said = await said_by(journey, "expired-token", address.base)

    assert said == {"same-player": "True"}


async def test_a_game_with_a_sign_in_of_its_own_is_asked_for_a_token_once_more(journey: Path) -> None:
    with publishing() as issuer, lobby(issuers=[issuer.settings()], guests=False) as address:
        tokens = [issuer.token(exp=time() - 3600), issuer.token(), issuer.token()]
        said = await said_by(journey, "own-sign-in", address.base, *tokens)

    assert said == {"name": "Ada/Ada", "left": "1"}


async def test_a_server_of_another_version_is_sent_the_documents_themselves(journey: Path) -> None:
    with lobby() as address:
        said = await said_by(journey, "unknown-hash", address.base)

    assert said == {"members": "1", "requests": "3"}


async def test_silence_is_cancelled_or_timed_out_and_asked_again(journey: Path) -> None:
    silent = Fate(silent_after_s=0.0, cut_after_s=60.0)
    with lobby() as address:
        async with bad_way(address, silent, silent) as (url, _):
            said = await said_by(journey, "silence", url)

    assert said == {"cancelled": "True", "same-thread": "True", "answered": "8"}


async def test_a_guest_is_known_again_where_the_platform_keeps_things(inside: Build) -> None:
    with lobby() as address:
        said = await said_by(journey_program(inside), "comes-back", address.base)

    assert said == {"two": "True", "known": "Ada", "forgotten": "True"}
