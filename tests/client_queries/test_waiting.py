"""The documents with which a player waits for a seat."""

from __future__ import annotations

from tests.journey.parties import party_of
from tests.journey.players import Player


def ids(players: list[dict[str, str]]) -> list[str]:
    return [player["id"] for player in players]


async def test_join_with_wait_puts_the_player_on_the_list_and_a_freed_seat_is_held(
    ada: Player, bram: Player, cleo: Player
) -> None:
    party = await party_of(ada, bram, maxMembers=2)
    answer = await cleo.does("JoinById", partyId=party["id"], wait=True, characterClass="Mage")
    assert ids(answer["party"]["waiting"]) == [cleo.id]
    assert await cleo.ask("MyParty") is None
    async with cleo.watching("WatchInbox") as inbox:
        await bram.does("LeaveParty", partyId=party["id"])
        await inbox.until(lambda: any(event.get("heldUntil") is not None for event in inbox.events))
        event = inbox.events[-1]
        (held,) = event["party"]["reservations"]
        assert (held["player"]["id"], held["reason"], held["until"]) == (cleo.id, "WAITLIST", event["heldUntil"])
        assert not event["isWaiting"]
    joined = await cleo.does("JoinByCode", joinCode=party["joinCode"])
    member = joined["party"]["members"][1]
    assert (member["player"]["id"], member["characterClass"], joined["party"]["waiting"]) == (cleo.id, "Mage", [])


async def test_followers_see_who_waits(ada: Player, bram: Player) -> None:
    party = await party_of(ada, maxMembers=1)
    async with ada.watching(partyId=party["id"]) as watch:
        await bram.does("JoinById", partyId=party["id"], wait=True)
        event = await watch.until_type("WaitingChanged")
        assert (ids(event["waiting"]), ids(event["party"]["waiting"])) == ([bram.id], [bram.id])


async def test_stop_waiting_leaves_the_list(ada: Player, bram: Player) -> None:
    party = await party_of(ada, maxMembers=1)
    await bram.does("JoinById", partyId=party["id"], wait=True)
    stopped = await bram.does("StopWaiting", partyId=party["id"])
    assert stopped["party"]["waiting"] == []
    assert (await bram.tries("StopWaiting", partyId=party["id"]))["code"] == "NOT_MEMBER"


async def test_a_full_party_without_wait_is_full(ada: Player, bram: Player) -> None:
    party = await party_of(ada, maxMembers=1)
    assert (await bram.tries("JoinById", partyId=party["id"]))["code"] == "PARTY_FULL"
