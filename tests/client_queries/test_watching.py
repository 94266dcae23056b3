"""The client documents for subscriptions."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.journey.parties import party_of, session_of
from tests.journey.players import Player
from tools.demo.answers import RequestFailed


async def test_watch_party_begins_with_a_snapshot_and_continues_live(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    async with ada.watching(partyId=party["id"]) as watch:
        snapshot = await watch.until_type("PartySnapshot")
        joined = await bram.does("JoinById", partyId=party["id"])
        event = await watch.until_seq(joined["seq"])
    assert (snapshot["reason"], snapshot["party"]["joinCode"]) == ("SUBSCRIBED", party["joinCode"])
    assert (event["__typename"], event["member"]["player"]["id"]) == ("MemberJoined", bram.id)
    assert (event["seq"], event["actorId"]) == (joined["seq"], bram.id)
    # The result of joining and the event of it show the same party.
    assert event["party"] == joined["party"]


async def test_watch_party_resumes_after_a_cursor_without_a_gap(ada: Player) -> None:
    party = await party_of(ada)
    said = [await ada.does("PostMessage", partyId=party["id"], text=str(number)) for number in range(5)]
    async with ada.watching(partyId=party["id"], after=said[1]["party"]["cursor"]) as watch:
        await watch.until_seq(said[4]["seq"])
        live = await ada.does("PostMessage", partyId=party["id"], text="live")
        await watch.until_seq(live["seq"])
    assert [event["text"] for event in watch.events] == ["2", "3", "4", "live"]


async def test_watch_party_sends_the_reason_of_a_removal_and_ends(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    async with bram.watching(partyId=party["id"], after=party["cursor"]) as watch:
        await ada.does("KickMember", partyId=party["id"], playerId=bram.id)
        await watch.until_end()
    left, removed = watch.events[-2:]
    assert (left["__typename"], left["player"]["id"], left["leaveReason"]) == ("MemberLeft", bram.id, "KICKED")
    assert (removed["__typename"], removed["leaveReason"]) == ("Removed", "KICKED")
    assert removed["retryAt"] is not None


async def test_watch_party_is_for_members(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    async with bram.watching(partyId=party["id"]) as watch:
        with pytest.raises(RequestFailed) as failed:
            await watch.until_end()
    assert failed.value.code == "NOT_FOUND"


async def test_watch_party_gives_each_member_a_ticket_of_its_own(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    async with (
        ada.watching(partyId=party["id"], after=party["cursor"]) as of_ada,
        bram.watching(partyId=party["id"], after=party["cursor"]) as of_bram,
    ):
        await ada.does("StartSession", partyId=party["id"], force=True)
        tickets = [(await watch.until_type("SessionStarted"))["ticket"]["token"] for watch in (of_ada, of_bram)]
    assert tickets[0] != tickets[1]


async def test_watch_party_snapshot_brings_the_endpoint(ada: Player) -> None:
    party, session = await session_of(ada)
    endpoint = {"relayCode": "RELAY1", "protocol": "relay"}
    await ada.does("UpdateSession", sessionId=session["id"], endpoint=endpoint)
    async with ada.watching(partyId=party["id"]) as watch:
        snapshot = await watch.until_type("PartySnapshot")
    assert snapshot["party"]["session"]["endpoint"]["relayCode"] == "RELAY1"


async def test_watch_session_is_the_stream_of_its_party(ada: Player) -> None:
    party, session = await session_of(ada)
    async with ada.watching("WatchSession", sessionId=session["id"]) as watch:
        await watch.until_type("PartySnapshot")
        updated = await ada.does("UpdateSession", sessionId=session["id"], floor=3)
        event = await watch.until_seq(updated["seq"])
    assert (event["__typename"], event["session"]["floor"]) == ("SessionUpdated", 3)
    assert event["party"]["id"] == party["id"]


async def test_watch_lobby_sends_listed_and_delisted(ada: Player, bram: Player) -> None:
    name = f"Comes and goes {uuid4().hex}"
    wanted = {"nameContains": name}
    async with bram.watching("WatchLobby", filter=wanted) as watch:
        party = await party_of(ada, name=name)
        await watch.until(lambda: len(watch.events) >= 1)
        await ada.does("UpdateParty", partyId=party["id"], settings={"locked": True})
        await watch.until(lambda: watch.events[-1]["change"] == "DELISTED")
    assert (watch.events[0]["change"], watch.events[0]["party"]["settings"]["name"]) == ("LISTED", name)
    assert (watch.events[-1]["partyId"], watch.events[-1]["party"]) == (party["id"], None)


async def test_watch_lobby_begins_with_the_listed_parties(ada: Player, bram: Player) -> None:
    name = f"There already {uuid4().hex}"
    party = await party_of(ada, name=name)
    async with bram.watching("WatchLobby", filter={"nameContains": name}) as watch:
        await watch.until(lambda: len(watch.events) == 1)
    assert (watch.events[0]["change"], watch.events[0]["partyId"]) == ("LISTED", party["id"])


async def test_watch_inbox_brings_invites_and_memberships(ada: Player, bram: Player) -> None:
    async with bram.watching("WatchInbox") as watch:
        snapshot = await watch.until_type("InboxSnapshot")
        party = await party_of(ada, name="The Crypt")
        sent = (await ada.does("InvitePlayer", partyId=party["id"], playerId=bram.id))["invite"]
        invited = await watch.until_type("InviteUpdated")
        assert (invited["invite"]["id"], invited["invite"]["state"]) == (sent["id"], "PENDING")
        assert invited["invite"]["party"]["settings"]["name"] == "The Crypt"
        await bram.does("AcceptInvite", inviteId=sent["id"])
        came = await watch.until_type("MembershipChanged")
        assert (came["party"]["id"], came["leaveReason"]) == (party["id"], None)
        await ada.does("KickMember", partyId=party["id"], playerId=bram.id)
        await watch.until(lambda: watch.events[-1].get("leaveReason") == "KICKED")
    async with bram.watching("WatchInbox", after=snapshot["cursor"]) as again:
        await again.until(lambda: len(again.events) == len(watch.events) - 1)
    assert [event["seq"] for event in again.events] == [event["seq"] for event in watch.events[1:]]
