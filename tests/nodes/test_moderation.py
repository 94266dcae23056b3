"""Acts of moderators on one server and on two servers over one Valkey: each takes effect on every server, once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.graphql_ws_client import open_client
from tests.journey.parties import party_of, search_in, session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.served.lobby import error_code, history, lobby
from tests.waiting import WAIT_S
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.http_client import HttpClient, http_client
from web.graphql.execution.client_documents import client_documents

MODERATION = client_documents(Path(__file__).parents[2] / "client_queries/moderator")
KEY = new_key("moderator")
LIMIT_S = 1.0
"""Within this time an act has taken effect on all servers."""


@dataclass(slots=True)
class Deployment:
    """`here` and `there` are servers over one store, or the same server."""

    here: Address
    there: Address
    http_here: HttpClient
    http_there: HttpClient
    moderator: HttpClient

    async def players(self, *names: str) -> list[Player]:
        return [await guest(self.http_here, self.here, name) for name in names]

    def on_the_other(self, player: Player) -> Player:
        return replace(player, client=self.http_there.as_player(player.token), address=self.there)

    async def act(self, operation: str, **fields: Any) -> Answer:
        """An act of the moderator. The test fails if it is rejected."""
        answer: Answer = await self.moderator.run(operation, {"input": fields})
        assert answer["__typename"] == "Moderated", answer
        return answer

    async def refresh(self, token: str) -> Answer:
        answer: Answer = await self.http_there.run("RefreshCredentials", {"refreshToken": token})
        return answer


@pytest.fixture(params=["one server", "two servers"])
async def deployment(request: pytest.FixtureRequest) -> AsyncIterator[Deployment]:
    settings: dict[str, Any] = {
        "moderator_keys": [f"mia={hash_key(KEY)}"],
        "secret": "the secret of both of the two nodes",
        "grace_waiting_s": 30,  # players without a stream, who keep their seats on a slow machine, too
    }
    async with AsyncExitStack() as stack:
        if request.param == "one server":
            here = there = stack.enter_context(lobby(**settings))
        else:
            valkey: ValkeyServer = request.getfixturevalue("valkey")
            here = stack.enter_context(lobby(store=valkey.url, **settings))
            there = stack.enter_context(lobby(store=valkey.url, **settings))
        http_here = await stack.enter_async_context(http_client(here, DOCUMENTS))
        http_there = await stack.enter_async_context(http_client(there, DOCUMENTS))
        moderator = await stack.enter_async_context(http_client(here, MODERATION))
        yield Deployment(here, there, http_here, http_there, moderator.as_player(KEY))


async def sign_in(deployment: Deployment, name: str) -> tuple[Player, str]:
    """A player with the refresh token."""
    answer = await deployment.http_here.run("SignInAsGuest", {"input": {"displayName": name}})
    credentials = answer["credentials"]
    token, player_id = credentials["accessToken"], credentials["player"]["id"]
    player = Player(player_id, name, token, deployment.http_here.as_player(token), deployment.here)
    return player, credentials["refreshToken"]


async def test_a_ban_in_the_middle_of_a_run_takes_effect_on_all_servers(deployment: Deployment) -> None:
    (ann,) = await deployment.players("Ann")
    bob, refresh_token = await sign_in(deployment, "Bob")
    party, session = await session_of(ann, bob)
    there = deployment.on_the_other(bob)
    lobby_socket = await open_client(deployment.there.base)
    await lobby_socket.init({"authorization": f"Bearer {bob.token}"})
    await lobby_socket.ask("subscription { lobbyEvents { change } }")
    async with there.watching(partyId=party["id"]) as watch, ann.watching(partyId=party["id"]) as seen:
        began = time.monotonic()
        banned = await deployment.act("BanPlayer", playerId=bob.id, reason="spoils runs", idempotencyKey="ban-1")
        await asyncio.wait_for(lobby_socket.close_frame(), LIMIT_S)
        with suppress(Exception):  # the socket closes after the last frame, which some clients report as an error
            await watch.until_end()
        assert time.monotonic() - began < LIMIT_S
        assert watch.types[-2:] == ["MemberLeft", "Removed"]
        assert (watch.events[-1]["leaveReason"], watch.events[-1]["retryAt"]) == ("REMOVED", None)
        await seen.until_type("MemberLeft")
    for player in (bob, there):
        assert await error_code(player.ask("Me")) == "UNAUTHENTICATED"
        assert await error_code(player.tries("CreateParty")) == "UNAUTHENTICATED"
    assert (await deployment.refresh(refresh_token))["code"] == "PLAYER_BANNED"
    session = await ann.ask("Session", id=session["id"])
    assert [player["id"] for player in session["players"]] == [ann.id]
    again = await deployment.act("BanPlayer", playerId=bob.id, reason="spoils runs", idempotencyKey="ban-1")
    assert (again["replayed"], again["entry"]) == (True, banned["entry"])
    left = [entry for entry in await history(ann, party["id"]) if entry["__typename"] == "MemberLeft"]
    assert [(entry["player"]["id"], entry["leaveReason"], entry["actorId"]) for entry in left] == [
        (bob.id, "REMOVED", None)
    ]
    (entry,) = await deployment.moderator.run("ModerationLog", {"first": 10})
    assert (entry["by"], entry["action"], entry["playerId"], entry["detail"]) == (
        "mia",
        "banPlayer",
        bob.id,
        "spoils runs",
    )
    (ban,) = await deployment.moderator.run("Bans")
    assert (ban["player"]["displayName"], ban["until"], ban["by"]) == ("Bob", None, "mia")
    await deployment.act("UnbanPlayer", playerId=bob.id, reason="sorry")
    await wait_until(lambda: can_ask(there))
    assert await deployment.moderator.run("Bans") == []
    assert (await deployment.refresh(refresh_token))["__typename"] == "CredentialsGranted"


async def test_the_id_of_a_player_may_be_in_upper_case(deployment: Deployment) -> None:
    """Otherwise the ban would be one of nobody, and so would the block and the invite."""
    ann, bob = await deployment.players("Ann", "Bob")
    party = await party_of(ann)
    shouted = bob.id.upper()
    assert shouted != bob.id
    (blocked,) = (await ann.ask("BlockPlayer", input={"playerId": shouted}))["blocked"]
    assert blocked["id"] == bob.id
    await ann.does("InvitePlayer", partyId=party["id"], playerId=shouted)
    (invite,) = await bob.ask("Invites")
    assert invite["party"]["id"] == party["id"]
    banned = await deployment.act("BanPlayer", playerId=shouted, reason="spoils runs")
    assert banned["entry"]["playerId"] == bob.id
    assert await error_code(bob.ask("Me")) == "UNAUTHENTICATED"


async def wait_until(holds: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def can_ask(player: Player) -> bool:
    with suppress(Exception):
        return bool(await player.ask("Me"))
    return False


async def test_a_ban_of_the_host_of_a_run_gives_the_run_to_another_player(deployment: Deployment) -> None:
    ann, bob = await deployment.players("Ann", "Bob")
    party, session = await session_of(ann, bob)
    there = deployment.on_the_other(bob)
    async with there.watching(partyId=party["id"]) as watch:
        await deployment.act("BanPlayer", playerId=ann.id, reason="spoils runs")
        lost = await watch.until_type("HostLost")
        assert (lost["previousHost"]["id"], lost["candidate"]["id"]) == (ann.id, bob.id)
        endpoint = {"protocol": "udp", "address": "203.0.113.7", "port": 7777}
        await there.does("ReportEndpoint", sessionId=session["id"], hostTerm=lost["hostTerm"], endpoint=endpoint)
        await watch.until_type("HostChanged")
    found = await there.ask("Session", id=session["id"])
    assert [player["id"] for player in found["players"]] == [bob.id]
    assert (found["status"], found["host"]["player"]["id"], found["host"]["term"]) == ("IN_PROGRESS", bob.id, 2)
    kinds = [entry["__typename"] for entry in await history(there, party["id"])]
    assert [kinds.count(kind) for kind in ("MemberLeft", "HostLost", "HostChanged", "LeaderChanged")] == [1, 1, 1, 1]


async def test_a_ban_of_a_guest_is_one_of_later_guests_of_the_device(deployment: Deployment) -> None:
    async def new_guest(http: HttpClient, device_id: str | None) -> Answer:
        fields = {"displayName": "Dan", **({"deviceId": device_id} if device_id is not None else {})}
        answer: Answer = await http.run("SignInAsGuest", {"input": fields})
        return answer

    first = (await new_guest(deployment.http_here, "the device"))["credentials"]["player"]["id"]
    assert "code" not in await new_guest(deployment.http_there, "the device"), "nobody is banned"
    await deployment.act("BanPlayer", playerId=first, reason="spoils runs")

    async def is_banned() -> bool:
        return (await new_guest(deployment.http_there, "the device")).get("code") == "PLAYER_BANNED"

    await wait_until(is_banned)
    assert (await new_guest(deployment.http_here, "the device"))["code"] == "PLAYER_BANNED"
    for device_id in ("another device", None):
        assert "code" not in await new_guest(deployment.http_there, device_id)
    for wrong in ("", "x" * 129):
        refused = await new_guest(deployment.http_here, wrong)
        assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.deviceId")
    await deployment.act("UnbanPlayer", playerId=first, reason="sorry")

    async def is_let_in() -> bool:
        return "code" not in await new_guest(deployment.http_there, "the device")

    await wait_until(is_let_in)


async def test_a_moderator_removes_a_player_and_closes_a_party(deployment: Deployment) -> None:
    ann, bob = await deployment.players("Ann", "Bob")
    party = await party_of(ann, bob)
    there = deployment.on_the_other(bob)
    await deployment.act("RemovePlayer", playerId=bob.id, reason="as asked", idempotencyKey="remove")
    assert await there.ask("MyParty") is None
    await there.does("JoinById", partyId=party["id"])
    assert (await deployment.act("RemovePlayer", playerId=bob.id, reason="as asked", idempotencyKey="remove"))[
        "replayed"
    ]
    assert (await there.ask("MyParty"))["id"] == party["id"]
    async with there.watching(partyId=party["id"]) as watch:
        await deployment.act("CloseParty", partyId=party["id"], reason="bad name")
        await watch.until_end()
    closed = next(event for event in watch.events if event["__typename"] == "PartyClosed")
    assert closed["closeReason"] == "MODERATED"
    answer = await deployment.moderator.run("CloseParty", {"input": {"partyId": party["id"], "reason": "again"}})
    assert (answer["code"], answer["field"]) == ("PARTY_CLOSED", "input.partyId")


async def test_an_announcement_reaches_all_streams_once_and_is_no_entry(deployment: Deployment) -> None:
    ann, bob = await deployment.players("Ann", "Bob")
    party = await party_of(ann)
    other = await party_of(bob)
    there = deployment.on_the_other(bob)
    async with ann.watching(partyId=party["id"]) as here, there.watching(partyId=other["id"]) as elsewhere:
        await deployment.act("Announce", text="Back in five minutes", idempotencyKey="words")
        await deployment.act("Announce", text="Back in five minutes", idempotencyKey="words")
        for watch in (here, elsewhere):
            announced = await watch.until_type("Announcement")
            assert (announced["text"], announced["actorId"]) == ("Back in five minutes", None)
        await deployment.act("Announce", text="Only for you", partyId=other["id"])
        await elsewhere.until(lambda: elsewhere.events[-1].get("text") == "Only for you")
        said = await ann.does("PostMessage", partyId=party["id"], text="hello")
        await here.until_seq(said["seq"])
        assert [event.get("text") for event in here.events[1:]] == ["Back in five minutes", "hello"]
        assert elsewhere.types.count("Announcement") == 2


async def test_maintenance_stops_new_parties_and_starts_and_runs_go_on(deployment: Deployment) -> None:
    ann, bob, cat = await deployment.players("Ann", "Bob", "Cat")
    party, session = await session_of(ann, bob)
    waiting = await party_of(cat)
    there, cat_there = deployment.on_the_other(ann), deployment.on_the_other(cat)
    await deployment.act("SetMaintenance", startsAt="2100-01-01T00:00:00Z", text="An update")
    assert (await deployment.http_here.run("ServerInfo"))["maintenance"]["text"] == "An update"
    await cat.does("StartSession", partyId=waiting["id"])
    await wait_until(lambda: is_running(cat))
    await cat.does("CompleteSession", sessionId=(await cat.ask("MyParty"))["session"]["id"])
    eve = (await deployment.players("Eve"))[0]
    searching = await party_of(eve)
    await eve.does("StartSearch", partyId=searching["id"], criteria={"gameType": "COOP", "size": 2})
    await deployment.act("SetMaintenance", startsAt="2020-01-01T00:00:00Z", text="An update")
    ended = await search_in(searching["id"], eve, "CANCELLED")
    assert ended["cancelReason"] == "MAINTENANCE"
    tried = await deployment.on_the_other(eve).tries(
        "StartSearch", partyId=searching["id"], criteria={"gameType": "COOP", "size": 2}
    )
    assert tried["code"] == "MAINTENANCE"
    await wait_until(lambda: is_refused(cat_there.tries("StartSession", partyId=waiting["id"])))
    dan = deployment.on_the_other((await deployment.players("Dan"))[0])
    assert (await dan.tries("CreateParty"))["code"] == "MAINTENANCE"
    assert (await dan.tries("QuickJoin", filter={"minFreeSeats": 99}, createIfNone={}))["code"] == "MAINTENANCE"
    await dan.does("JoinById", partyId=party["id"])
    assert (await there.does("StartSession", partyId=party["id"]))["session"]["id"] == session["id"]
    ended = await there.does("CompleteSession", sessionId=session["id"], outcome="won")
    assert ended["session"]["status"] == "COMPLETE"
    await deployment.act("SetMaintenance", startsAt=None)
    await wait_until(lambda: is_served(dan.tries("CreateParty", leaveCurrent=True)))
    assert (await deployment.http_here.run("ServerInfo"))["maintenance"] is None


async def is_running(player: Player) -> bool:
    party = await player.ask("MyParty")
    return bool(party["state"] == "IN_PROGRESS")


async def is_refused(asking: Any) -> bool:
    answer = await asking
    assert answer["__typename"] == "SessionChanged" or answer["code"] == "MAINTENANCE", answer
    return bool(answer["__typename"] == "Rejection")


async def is_served(asking: Any) -> bool:
    return bool((await asking)["__typename"] == "PartyChanged")


async def test_a_report_keeps_the_messages_around_the_one_meant(deployment: Deployment) -> None:
    ann, bob = await deployment.players("Ann", "Bob")
    party = await party_of(ann)
    await ann.does("PostMessage", partyId=party["id"], text="before Bob came")
    await bob.does("JoinById", partyId=party["id"])
    meant = 0
    for number in range(30):
        said = await ann.does("PostMessage", partyId=party["id"], text=f"rude {number}")
        meant = said["seq"] if number <= 10 else meant
    await bob.does("LeaveParty", partyId=party["id"])
    there = deployment.on_the_other(bob)
    wrong = await there.tries("ReportPlayer", partyId=party["id"], playerId=ann.id, reason="rude", seq=1)
    assert (wrong["code"], wrong["field"]) == ("INVALID_INPUT", "input.seq")
    fields: Answer = {"partyId": party["id"], "playerId": ann.id, "reason": "rude words", "seq": meant}
    reported = await there.does("ReportPlayer", **fields, idempotencyKey="one")
    again = await bob.does("ReportPlayer", partyId=party["id"], playerId=ann.id, reason="once more")
    assert (again["reportId"], again["replayed"], reported["replayed"]) == (reported["reportId"], True, False)
    await deployment.act("CloseParty", partyId=party["id"], reason="rude")
    (report,) = await deployment.moderator.run("Reports")
    texts = [message["text"] for message in report["messages"]]
    assert (report["id"], report["reason"], report["reporter"]["id"]) == (reported["reportId"], "rude words", bob.id)
    assert (len(texts), texts[0], texts[10], report["messages"][10]["seq"]) == (20, "rude 0", "rude 10", meant)
    await deployment.act("ResolveReport", reportId=report["id"], resolution="warned")
    assert await deployment.moderator.run("Reports") == []
    (resolved,) = await deployment.moderator.run("Reports", {"unresolved": False})
    assert (resolved["resolution"], resolved["resolvedAt"] is None) == ("warned", False)
