"""The documents for one's own part in a party."""

from __future__ import annotations

from lobby.demo.answers import Answer
from tests.journey.parties import party_of
from tests.journey.players import Player


def seat(party: Answer, player: Player) -> Answer:
    member: Answer = next(member for member in party["members"] if member["player"]["id"] == player.id)
    return member


async def test_update_member_chooses_a_class_and_clears_ones_own_ready(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    version = party["settings"]["version"]
    await bram.does("SetReady", partyId=party["id"], ready=True, settingsVersion=version)
    changed = await bram.does(
        "UpdateMember",
        partyId=party["id"],
        characterClass="Rogue",
        attributes=[{"key": "skin", "value": "green"}],
    )
    mine = seat(changed["party"], bram)
    assert (mine["characterClass"], mine["ready"]) == ("Rogue", False)
    assert mine["attributes"] == [{"key": "skin", "value": "green"}]


async def test_update_member_refuses_a_class_that_is_taken(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, uniqueClasses=True)
    await ada.does("UpdateMember", partyId=party["id"], characterClass="Mage")
    answer = await bram.tries("UpdateMember", partyId=party["id"], characterClass="Mage")
    assert answer["code"] == "CLASS_TAKEN"


async def test_set_ready_counts_for_the_settings_that_the_player_saw(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    seen = party["settings"]["version"]
    changed = await ada.does("UpdateParty", partyId=party["id"], settings={"difficulty": "Hard"})
    stale = await bram.tries("SetReady", partyId=party["id"], ready=True, settingsVersion=seen)
    assert (stale["code"], stale["current"]["settings"]["difficulty"]) == ("SETTINGS_CHANGED", "Hard")
    now = changed["party"]["settings"]["version"]
    counted = await bram.does("SetReady", partyId=party["id"], ready=True, settingsVersion=now)
    assert seat(counted["party"], bram)["ready"]


async def test_post_message_is_in_the_history(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    said = await bram.does("PostMessage", partyId=party["id"], text="Mind the dragon")
    history = await ada.ask("PartyHistory", partyId=party["id"])
    assert (history[-1]["__typename"], history[-1]["seq"]) == ("MessagePosted", said["seq"])
    assert (history[-1]["text"], history[-1]["author"]["id"]) == ("Mind the dragon", bram.id)


async def test_party_history_goes_on_after_a_cursor(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    whole = await ada.ask("PartyHistory", partyId=party["id"])
    rest = await ada.ask("PartyHistory", partyId=party["id"], after=whole[0]["cursor"])
    assert [entry["seq"] for entry in whole] == list(range(1, party["version"] + 1))
    assert rest == whole[1:]


async def test_leave_party_shows_it_once_more_without_its_code(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    left = await bram.does("LeaveParty", partyId=party["id"])
    assert [member["player"]["id"] for member in left["party"]["members"]] == [ada.id]
    assert left["party"]["joinCode"] is None
    assert await bram.ask("MyParty") is None


async def test_claim_leadership_has_to_wait_until_the_leader_is_idle(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    answer = await bram.tries("ClaimLeadership", partyId=party["id"])
    assert answer["code"] == "NOT_READY"
