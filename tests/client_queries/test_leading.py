"""The client documents for the leader of a party."""

from __future__ import annotations

import pytest

from tests.journey.parties import party_of, ready
from tests.journey.players import Player


async def test_update_party_changes_what_it_names_and_leaves_the_rest(ada: Player) -> None:
    party = await party_of(ada, name="Before", difficulty="Hard")
    changed = await ada.does("UpdateParty", partyId=party["id"], settings={"name": "After", "locked": True})
    settings = changed["party"]["settings"]
    assert (settings["name"], settings["locked"], settings["difficulty"]) == ("After", True, "Hard")


async def test_update_party_refuses_an_old_version(ada: Player, bram: Player) -> None:
    created = await ada.does("CreateParty")
    party = created["party"]
    await bram.does("JoinById", partyId=party["id"])
    answer = await ada.tries("UpdateParty", partyId=party["id"], settings={"locked": True}, ifVersion=created["seq"])
    assert (answer["code"], answer["current"]["memberCount"]) == ("VERSION_CONFLICT", 2)


async def test_kick_member_removes_for_a_minute(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    kicked = await ada.does("KickMember", partyId=party["id"], playerId=bram.id)
    assert kicked["party"]["memberCount"] == 1
    answer = await bram.tries("JoinById", partyId=party["id"])
    assert (answer["code"], answer["retryable"]) == ("KICK_COOLDOWN", True)
    assert 0 < answer["retryAfterMs"] <= 60_000


async def test_kick_member_with_ban_removes_for_good(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    await ada.does("KickMember", partyId=party["id"], playerId=bram.id, ban=True)
    assert (await bram.tries("JoinById", partyId=party["id"]))["code"] == "BANNED"


async def test_promote_member_hands_over_the_lead(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    promoted = await ada.does("PromoteMember", partyId=party["id"], playerId=bram.id)
    leaders = [member["player"]["id"] for member in promoted["party"]["members"] if member["isLeader"]]
    assert leaders == [bram.id]


async def test_rotate_join_code_ends_the_old_one(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    rotated = await ada.does("RotateJoinCode", partyId=party["id"])
    assert rotated["party"]["joinCode"] != party["joinCode"]
    assert (await bram.tries("JoinByCode", joinCode=party["joinCode"]))["code"] == "NOT_FOUND"
    await bram.does("JoinByCode", joinCode=rotated["party"]["joinCode"])


async def test_disband_party_closes_it_for_everyone(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    disbanded = await ada.does("DisbandParty", partyId=party["id"])
    assert disbanded["party"]["state"] == "CLOSED"
    assert await bram.ask("MyParty") is None


async def test_start_session_counts_down_and_cancel_start_stops_it(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, countdownSeconds=30)
    await ready(party, bram)
    started = await ada.does("StartSession", partyId=party["id"])
    assert (started["party"]["state"], started["session"]["status"]) == ("STARTING", "WAITING")
    assert started["party"]["startsAt"] is not None
    cancelled = await ada.does("CancelStart", partyId=party["id"])
    assert (cancelled["party"]["state"], cancelled["party"]["startsAt"]) == ("WAITING", None)


async def test_start_session_waits_for_everyone_unless_forced(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, countdownSeconds=30)
    assert (await ada.tries("StartSession", partyId=party["id"]))["code"] == "NOT_READY"
    assert (await ada.does("StartSession", partyId=party["id"], force=True))["session"]["status"] == "WAITING"


@pytest.mark.parametrize("operation", ["UpdateParty", "StartSession", "CancelStart", "RotateJoinCode", "DisbandParty"])
async def test_only_the_leader_may_use_these_mutations(ada: Player, bram: Player, operation: str) -> None:
    party = await party_of(ada, bram)
    assert (await bram.tries(operation, partyId=party["id"]))["code"] == "NOT_LEADER"


async def test_set_team_moves_another_member(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, teams=2)
    moved = await ada.does("SetTeam", partyId=party["id"], playerId=bram.id, team=1)
    assert [member["team"] for member in moved["party"]["members"]] == [1, 1]


async def test_shuffle_teams_makes_even_teams(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram, teams=2)
    await bram.does("SetTeam", partyId=party["id"], team=1)
    shuffled = await ada.does("ShuffleTeams", partyId=party["id"])
    assert sorted(member["team"] for member in shuffled["party"]["members"]) == [1, 2]
    assert (await bram.tries("ShuffleTeams", partyId=party["id"]))["code"] == "NOT_LEADER"


async def test_mute_member_refuses_messages_also_after_a_rejoin(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    muted = await ada.does("MuteMember", partyId=party["id"], playerId=bram.id, muted=True)
    assert [member["muted"] for member in muted["party"]["members"]] == [False, True]
    await bram.does("LeaveParty", partyId=party["id"])
    await bram.does("JoinById", partyId=party["id"])
    answer = await bram.tries("PostMessage", partyId=party["id"], text="I am back")
    assert (answer["code"], answer["retryable"]) == ("MUTED", True)
    await ada.does("MuteMember", partyId=party["id"], playerId=bram.id, muted=False)
    await bram.does("PostMessage", partyId=party["id"], text="Thank you")
    assert (await bram.tries("MuteMember", partyId=party["id"], playerId=ada.id, muted=True))["code"] == "NOT_LEADER"
