"""The documents of matchmaking, as two parties that become one use them."""

from __future__ import annotations

from tests.journey.parties import party_of, proposed_search, search_in
from tests.journey.players import Player


async def test_two_parties_search_accept_and_become_one(ada: Player, bram: Player, cleo: Player) -> None:
    mine, theirs = await party_of(ada, bram), await party_of(cleo)
    async with cleo.watching("WatchInbox") as inbox:
        before = (await inbox.until_type("InboxSnapshot"))["cursor"]
    criteria = {"gameType": "COOP", "size": 3, "difficulty": "Easy", "region": ada.id[:32], "skill": 7}
    search = (await ada.does("StartSearch", partyId=mine["id"], criteria=criteria))["search"]
    assert (search["state"], search["accepted"], search["acceptBy"]) == ("SEARCHING", [], None)
    assert (await cleo.tries("JoinById", partyId=mine["id"], leaveCurrent=True))["code"] == "SEARCHING"
    await cleo.does("StartSearch", partyId=theirs["id"], criteria=criteria)
    proposed = await proposed_search(bram)
    assert (proposed["id"], proposed["since"]) == (search["id"], search["since"])
    assert proposed["acceptBy"] is not None
    own = await proposed_search(cleo)
    async with bram.watching(partyId=mine["id"]) as watch, cleo.watching(partyId=theirs["id"]) as other:
        accepted = await ada.does("AcceptMatch", searchId=search["id"])
        assert [player["id"] for player in accepted["search"]["accepted"]] == [ada.id]
        await bram.does("AcceptMatch", searchId=search["id"])
        done = await cleo.does("AcceptMatch", searchId=own["id"])
        assert (done["search"]["state"], done["search"]["matchedPartyId"]) == ("MATCHED", mine["id"])
        assert done["party"]["state"] == "CLOSED"
        assert (await watch.until_type("MemberJoined"))["member"]["player"]["id"] == cleo.id
        await other.until_end()
    kinds = [event["__typename"] for event in other.events]
    assert kinds[-3:] == ["MemberLeft", "PartyClosed", "Removed"]
    assert other.events[-1]["leaveReason"] == "JOINED_ANOTHER"
    states = [event["search"]["state"] for event in watch.events if event["__typename"] == "PartySearchChanged"]
    assert states == ["PROPOSED", "PROPOSED", "MATCHED"]
    merged = await cleo.ask("MyParty")
    assert (merged["id"], merged["state"], merged["memberCount"]) == (mine["id"], "WAITING", 3)
    assert (await ada.does("CancelSearch", searchId=search["id"]))["search"]["state"] == "MATCHED"
    async with cleo.watching("WatchInbox", after=before) as inbox:
        came = await inbox.until_type("MembershipChanged")
    assert came["party"]["id"] == mine["id"]
    updates = [event["search"] for event in inbox.events if event["__typename"] == "SearchUpdated"]
    assert [(each["id"], each["state"]) for each in updates] == [
        (own["id"], state) for state in ("SEARCHING", "PROPOSED", "MATCHED")
    ]
    assert updates[-1]["matchedPartyId"] == mine["id"]


async def test_a_decline_ends_the_own_search_and_the_others_search_on(ada: Player, bram: Player) -> None:
    mine, theirs = await party_of(ada), await party_of(bram)
    criteria = {"gameType": "PVP", "size": 2, "region": ada.id[:32]}
    for player, party in ((ada, mine), (bram, theirs)):
        await player.does("StartSearch", partyId=party["id"], criteria=criteria)
    search, other = await proposed_search(ada), await proposed_search(bram)
    declined = (await ada.does("DeclineMatch", searchId=search["id"]))["search"]
    assert (declined["state"], declined["cancelReason"]) == ("CANCELLED", "NOT_ACCEPTED")
    again = await search_in(theirs["id"], bram, "SEARCHING")
    assert (again["id"], again["since"]) == (other["id"], other["since"])
    gone = await bram.tries("AcceptMatch", searchId=other["id"])
    assert (gone["code"], gone["field"]) == ("MATCH_GONE", "input.searchId")
    cancelled = (await bram.does("CancelSearch", searchId=other["id"]))["search"]
    assert (cancelled["state"], cancelled["cancelReason"]) == ("CANCELLED", "LEADER_CANCELLED")


async def test_bad_criteria_name_the_field(ada: Player) -> None:
    party = await party_of(ada)
    rejected = await ada.tries("StartSearch", partyId=party["id"], criteria={"gameType": "COOP", "size": 9})
    assert (rejected["code"], rejected["field"]) == ("INVALID_INPUT", "input.criteria.size")
