"""The client documents for members of a party."""

from __future__ import annotations

from tests.journey.parties import party_of
from tests.journey.players import Player
from tools.demo.answers import Answer


def seat(party: Answer, player: Player) -> Answer:
    member: Answer = next(member for member in party["members"] if member["player"]["id"] == player.id)
    return member


async def test_update_member_chooses_a_class_and_clears_ready(ada: Player, bram: Player) -> None:
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


async def test_update_member_tells_a_new_version_of_the_game_and_the_session_starts(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    await ada.does("UpdateParty", partyId=party["id"], settings={"clientVersion": "1.1"})
    await ada.does("UpdateMember", partyId=party["id"], clientVersion="1.1")
    refused = await ada.tries("StartSession", partyId=party["id"], force=True)
    assert (refused["code"], refused["requiredVersion"]) == ("VERSION_MISMATCH", "1.1")
    updated = await bram.does("UpdateMember", partyId=party["id"], clientVersion="1.1")
    assert seat(updated["party"], bram)["clientVersion"] == "1.1"
    await ada.does("StartSession", partyId=party["id"], force=True)


async def test_set_team_changes_ones_own_team_and_clears_ready(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, gameType="PVP", maxMembers=4)
    assert [member["team"] for member in party["members"]] == [1, 2]
    version = party["settings"]["version"]
    await bram.does("SetReady", partyId=party["id"], ready=True, settingsVersion=version)
    changed = await bram.does("SetTeam", partyId=party["id"], team=1)
    assert (seat(changed["party"], bram)["team"], seat(changed["party"], bram)["ready"]) == (1, False)
    answer = await ada.tries("StartSession", partyId=party["id"], force=True)
    assert (answer["code"], answer["current"]["settings"]["teams"]) == ("TEAM_EMPTY", 2)


async def test_set_team_of_a_full_team_is_team_full(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, teams=2, maxMembers=2)
    answer = await bram.tries("SetTeam", partyId=party["id"], team=1)
    assert (answer["code"], answer["field"]) == ("TEAM_FULL", "input.team")


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


async def test_party_history_of_a_newcomer_begins_with_the_own_first_join(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    await ada.does("PostMessage", partyId=party["id"], text="Not for Bram")
    joined = await bram.does("JoinById", partyId=party["id"])
    await bram.does("LeaveParty", partyId=party["id"])
    await ada.does("PostMessage", partyId=party["id"], text="While Bram was away")
    await bram.does("JoinById", partyId=party["id"])
    first = (await ada.ask("PartyHistory", partyId=party["id"]))[0]
    for after in (None, first["cursor"]):
        history = await bram.ask("PartyHistory", partyId=party["id"], after=after)
        texts = [entry["text"] for entry in history if entry["__typename"] == "MessagePosted"]
        assert (history[0]["seq"], texts) == (joined["seq"], ["While Bram was away"])


async def test_leave_party_returns_the_party_without_its_code(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    left = await bram.does("LeaveParty", partyId=party["id"])
    assert [member["player"]["id"] for member in left["party"]["members"]] == [ada.id]
    assert left["party"]["joinCode"] is None
    assert await bram.ask("MyParty") is None


async def test_claim_leadership_has_to_wait_until_the_leader_is_idle(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    answer = await bram.tries("ClaimLeadership", partyId=party["id"])
    assert answer["code"] == "NOT_READY"


async def test_report_player_is_told_to_nobody_and_counts_once(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    fields = {"partyId": party["id"], "playerId": bram.id, "reason": "rude"}
    reported = await ada.does("ReportPlayer", **fields)
    again = await ada.does("ReportPlayer", **fields)
    assert (again["reportId"], again["replayed"], reported["replayed"]) == (reported["reportId"], True, False)
    assert (await bram.ask("MyParty"))["version"] == party["version"]
    assert (await ada.tries("ReportPlayer", **{**fields, "playerId": ada.id}))["code"] == "INVALID_INPUT"
