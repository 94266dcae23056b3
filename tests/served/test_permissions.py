"""Outsiders and former members see no later events of the party."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.journey.parties import party_of, session_of
from tests.journey.players import Player, guest
from tests.served.lobby import error_code
from tools.demo.address import Address
from tools.demo.answers import Answer, RequestFailed
from tools.demo.http_client import HttpClient

PRIVATE = {"visibility": "PRIVATE"}
NO_ID = "00000000-0000-4000-8000-000000000000"


async def stream_failure(player: Player, operation: str = "WatchParty", **variables: Any) -> tuple[str, str]:
    """Code and message of the single result of a refused stream."""
    async with player.watching(operation, **variables) as watch:
        with pytest.raises(RequestFailed) as failure:
            await watch.until_end()
        assert watch.events == []
    return failure.value.code, str(failure.value)


@pytest.mark.parametrize("settings", [{}, PRIVATE], ids=["public", "private"])
async def test_a_strangers_stream_is_one_error_and_the_end(ada: Player, bram: Player, settings: Answer) -> None:
    party = await party_of(ada, **settings)
    expected = await stream_failure(bram, partyId=NO_ID)
    assert expected[0] == "NOT_FOUND"
    for after in (None, party["cursor"], "nonsense"):
        assert await stream_failure(bram, partyId=party["id"], after=after) == expected


async def test_the_sessions_of_a_private_party_are_as_unknown_as_those_that_do_not_exist(
    ada: Player, bram: Player
) -> None:
    party, session = await session_of(ada, **PRIVATE)
    expected = await stream_failure(bram, "WatchSession", sessionId=NO_ID)
    assert await stream_failure(bram, "WatchSession", sessionId=session["id"]) == expected
    assert await bram.ask("Session", id=session["id"]) is None
    answers = [await bram.tries("JoinSession", sessionId=one) for one in (session["id"], NO_ID)]
    assert answers[0] == answers[1]
    listed = await bram.ask("Sessions", filter={"partyId": party["id"]})
    assert (listed["nodes"], listed["totalCount"]) == ([], 0)


async def test_a_private_party_is_as_unknown_as_one_that_does_not_exist(ada: Player, bram: Player) -> None:
    party = await party_of(ada, **PRIVATE)
    assert await bram.ask("Party", id=party["id"]) is None
    for operation, fields in (
        ("JoinById", {}),
        ("LeaveParty", {}),
        ("PostMessage", {"text": "hello"}),
        ("SetReady", {"ready": True, "settingsVersion": 1}),
        ("KickMember", {"playerId": ada.id}),
        ("StartSession", {}),
        ("UpdateParty", {"settings": {"name": "Mine"}, "ifVersion": 1}),
    ):
        answers = [await bram.tries(operation, partyId=one, **fields) for one in (party["id"], NO_ID)]
        assert answers[0] == answers[1], operation
        assert answers[0]["code"] == "NOT_FOUND"
    failures = [await error_code(bram.ask("PartyHistory", partyId=one)) for one in (party["id"], NO_ID)]
    assert failures == ["NOT_FOUND", "NOT_FOUND"]


async def test_a_public_party_shows_a_stranger_neither_code_nor_attributes_of_members(
    ada: Player, bram: Player, http: HttpClient
) -> None:
    party = await party_of(ada)
    attributes = [{"key": "rank", "value": "7"}]
    await ada.does("UpdateMember", partyId=party["id"], attributes=attributes)
    seen, own = await bram.ask("Party", id=party["id"]), await ada.ask("Party", id=party["id"])
    assert (seen["joinCode"], seen["members"][0]["attributes"]) == (None, [])
    assert (own["joinCode"], own["members"][0]["attributes"]) == (party["joinCode"], attributes)
    assert await error_code(bram.ask("PartyHistory", partyId=party["id"])) == "NOT_FOUND"


async def test_who_asks_without_signing_in_is_told_to(http: HttpClient, ada: Player) -> None:
    party = await party_of(ada)
    for operation, variables in (
        ("Party", {"id": party["id"]}),
        ("PartyHistory", {"partyId": party["id"]}),
        ("MyParty", {}),
        ("JoinById", {"input": {"partyId": party["id"]}}),
    ):
        assert await error_code(http.run(operation, variables)) == "UNAUTHENTICATED"


@pytest.mark.parametrize(("ban", "reason"), [(False, "KICKED"), (True, "BANNED")])
async def test_who_is_removed_gets_that_and_nothing_more_now_and_later(
    ada: Player, bram: Player, cleo: Player, ban: bool, reason: str
) -> None:
    party_id = (await party_of(ada, bram, cleo))["id"]
    async with ada.watching(partyId=party_id), cleo.watching(partyId=party_id) as witness:
        async with bram.watching(partyId=party_id) as watch:
            start = await watch.until_type("PartySnapshot")
            kicked = await ada.does("KickMember", partyId=party_id, playerId=bram.id, ban=ban)
            said = await ada.does("PostMessage", partyId=party_id, text="good riddance")
            await watch.until_end()
        await witness.until_seq(said["seq"])
        async with bram.watching(partyId=party_id, after=start["cursor"]) as late:
            await late.until_end()
        for events in (watch.events, late.events):
            assert [event["__typename"] for event in events[-2:]] == ["MemberLeft", "Removed"]
            assert (events[-1]["leaveReason"], max(event["seq"] for event in events)) == (reason, kicked["seq"])
            assert all(event["party"]["joinCode"] is None for event in events[-2:])
            assert (events[-1]["retryAt"] is None) is ban
        assert await stream_failure(bram, partyId=party_id) == await stream_failure(bram, partyId=NO_ID)


async def test_a_kicked_player_may_come_again_and_a_banned_one_may_not(ada: Player, bram: Player) -> None:
    party_id = (await party_of(ada, bram))["id"]
    async with ada.watching(partyId=party_id) as watch:
        await watch.until_type("PartySnapshot")
        await ada.does("KickMember", partyId=party_id, playerId=bram.id)
        early = await bram.tries("JoinById", partyId=party_id)
        assert (early["code"], early["retryable"]) == ("KICK_COOLDOWN", True)
        await asyncio.sleep(early["retryAfterMs"] / 1000)
        await bram.does("JoinById", partyId=party_id)
        await ada.does("KickMember", partyId=party_id, playerId=bram.id, ban=True)
        banned = await bram.tries("JoinById", partyId=party_id)
        assert (banned["code"], banned["retryable"], banned["retryAfterMs"]) == ("BANNED", False, None)


async def test_a_kicked_player_resumes_to_the_farewell_by_the_session_too(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada, bram, **PRIVATE)
    async with ada.watching(partyId=party["id"]):
        async with bram.watching("WatchSession", sessionId=session["id"]) as watch:
            start = await watch.until_type("PartySnapshot")
            await ada.does("KickMember", partyId=party["id"], playerId=bram.id)
            await watch.until_end()
        async with bram.watching("WatchSession", sessionId=session["id"], after=start["cursor"]) as late:
            await late.until_end()
        assert late.types[-2:] == ["MemberLeft", "Removed"]


async def test_the_endpoint_is_for_those_who_are_in_the_session(http: HttpClient, address: Address) -> None:
    ada, bram, eve = [await guest(http, address) for _ in range(3)]
    party, session = await session_of(ada, bram)
    endpoint = {"address": "10.0.0.1", "port": 7777, "protocol": "udp"}
    async with ada.watching(partyId=party["id"]), bram.watching(partyId=party["id"]):
        await ada.does("UpdateSession", sessionId=session["id"], endpoint=endpoint)
        await bram.does("LeaveSession", sessionId=session["id"])
        seen = [(await player.ask("Session", id=session["id"]))["endpoint"] for player in (ada, bram, eve)]
    assert [one is not None for one in seen] == [True, False, False]
