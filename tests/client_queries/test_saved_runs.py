"""The client documents for saved runs."""

from __future__ import annotations

import json

import httpx

from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS, Player
from tools.demo.address import Address


async def saved_run(leader: Player, *others: Player, data: str = "state") -> str:
    """The session of a run that was saved and has ended; its players have left the party."""
    party, session = await session_of(leader, *others)
    await leader.does("SaveCheckpoint", sessionId=session["id"], data=data, label="the bridge")
    await leader.does("CompleteSession", sessionId=session["id"], outcome="won")
    for player in (*others, leader):
        await player.does("LeaveParty", partyId=party["id"])
    session_id: str = session["id"]
    return session_id


async def test_save_checkpoint_keeps_the_last_state(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada, bram)
    await ada.does("UpdateSession", sessionId=session["id"], floor=3)
    for data in ("first", "sécond"):
        saved = await ada.does("SaveCheckpoint", sessionId=session["id"], data=data)
    checkpoint = saved["session"]["checkpoint"]
    assert (checkpoint["bytes"], checkpoint["floor"], checkpoint["label"]) == (7, 3, None)
    assert await bram.ask("CheckpointData", sessionId=session["id"]) == "sécond"


async def test_save_checkpoint_tells_the_followers(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada, bram)
    async with bram.watching(partyId=party["id"]) as watch:
        saved = await ada.does("SaveCheckpoint", sessionId=session["id"], data="state", label="the bridge")
        event = await watch.until_seq(saved["seq"])
    assert event["__typename"] == "SessionUpdated"
    assert event["session"]["checkpoint"] == saved["session"]["checkpoint"]


async def test_save_checkpoint_is_for_the_leader(ada: Player, bram: Player, cleo: Player) -> None:
    _, session = await session_of(ada, bram)
    fields = {"sessionId": session["id"], "data": "state"}
    assert (await bram.tries("SaveCheckpoint", **fields))["code"] == "NOT_LEADER"
    assert (await cleo.tries("SaveCheckpoint", **fields))["code"] == "NOT_MEMBER"


async def test_save_checkpoint_is_for_the_host_of_now(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada, bram)
    await ada.does("PromoteMember", partyId=party["id"], playerId=bram.id)
    fields = {"sessionId": session["id"], "data": "state"}
    saved = await ada.does("SaveCheckpoint", **fields, hostTerm=1)
    assert saved["session"]["host"]["player"]["id"] == ada.id, "she hosts, and does not lead any more"
    assert (await ada.tries("SaveCheckpoint", **fields, hostTerm=2))["code"] == "HOST_CHANGED"
    for term in ({}, {"hostTerm": 1}):
        assert (await bram.tries("SaveCheckpoint", **fields, **term))["code"] == "NOT_HOST"


async def test_save_checkpoint_takes_64_kib_in_any_letters(ada: Player, address: Address) -> None:
    """The data fits even if JSON escapes each letter, as the writers of Unity and Python can."""
    _, session = await session_of(ada)
    full = "é" * 32_768
    body = {"query": DOCUMENTS["SaveCheckpoint"], "variables": {"input": {"sessionId": session["id"], "data": full}}}
    async with httpx.AsyncClient(base_url=address.base, timeout=30) as http:
        headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json"}
        answer = await http.post("/graphql", content=json.dumps(body), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["saveCheckpoint"]["session"]["checkpoint"]["bytes"] == 65_536
    assert await ada.ask("CheckpointData", sessionId=session["id"]) == full
    refused = await ada.tries("SaveCheckpoint", sessionId=session["id"], data=full + "x")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.data")
    refused = await ada.tries("SaveCheckpoint", sessionId=session["id"], data="x", label="")
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.label")


async def test_continue_run_opens_a_party_that_holds_seats(ada: Player, bram: Player, cleo: Player) -> None:
    session_id = await saved_run(ada, bram)
    opened = await bram.does("ContinueRun", sessionId=session_id)
    assert [held["player"]["id"] for held in opened["party"]["reservations"]] == [ada.id]
    assert [held["reason"] for held in opened["party"]["reservations"]] == ["CONTINUED_RUN"]
    assert (opened["party"]["memberCount"], opened["party"]["freeSeats"]) == (1, 6)
    assert (await cleo.tries("ContinueRun", sessionId=session_id))["code"] == "NOT_FOUND"
    followed = await ada.does("ContinueRun", sessionId=session_id)
    assert (followed["party"]["id"], followed["party"]["reservations"]) == (opened["party"]["id"], [])


async def test_a_seat_that_is_given_up_is_free_for_others(ada: Player, bram: Player, cleo: Player) -> None:
    session_id = await saved_run(ada, bram)
    opened = (await ada.does("ContinueRun", sessionId=session_id))["party"]
    async with ada.watching(partyId=opened["id"]) as watch:
        kicked = await ada.does("KickMember", partyId=opened["id"], playerId=bram.id)
        event = await watch.until_seq(kicked["seq"])
    assert (event["__typename"], event["party"]["reservations"]) == ("ReservationsChanged", [])
    answer = await bram.tries("ContinueRun", sessionId=session_id)
    assert (answer["code"], answer["current"]["id"]) == ("ALREADY_CONTINUED", opened["id"])
    await cleo.does("JoinById", partyId=opened["id"])


async def test_a_run_without_a_checkpoint_is_not_continued(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada)
    assert (await ada.tries("ContinueRun", sessionId=session["id"]))["code"] == "CHECKPOINT_MISSING"
    assert (await bram.tries("ContinueRun", sessionId=session["id"]))["code"] == "NOT_FOUND"
    assert await ada.ask("CheckpointData", sessionId=session["id"]) is None


async def test_my_runs_come_newest_first_in_pages(ada: Player) -> None:
    sessions = [await saved_run(ada, data=f"state {number}") for number in range(3)]
    first = await ada.ask("MyRuns", first=2)
    assert [run["sessionId"] for run in first["nodes"]] == [sessions[2], sessions[1]]
    assert first["pageInfo"]["hasNextPage"]
    rest = await ada.ask("MyRuns", first=2, after=first["pageInfo"]["endCursor"])
    assert [run["sessionId"] for run in rest["nodes"]] == [sessions[0]]
    assert not rest["pageInfo"]["hasNextPage"]


async def test_checkpoint_data_is_for_the_run_and_its_continuation(ada: Player, bram: Player, cleo: Player) -> None:
    session_id = await saved_run(ada, bram)
    assert await bram.ask("CheckpointData", sessionId=session_id) == "state"
    assert await cleo.ask("CheckpointData", sessionId=session_id) is None
    opened = (await ada.does("ContinueRun", sessionId=session_id))["party"]
    await cleo.does("JoinById", partyId=opened["id"])
    assert await cleo.ask("CheckpointData", sessionId=session_id) == "state"
    await cleo.does("LeaveParty", partyId=opened["id"])
    assert await cleo.ask("CheckpointData", sessionId=session_id) is None


async def test_who_is_in_another_party_leaves_it_only_on_demand(ada: Player) -> None:
    session_id = await saved_run(ada)
    other = await party_of(ada)
    answer = await ada.tries("ContinueRun", sessionId=session_id)
    assert (answer["code"], answer["current"]["id"]) == ("ALREADY_IN_PARTY", other["id"])
    opened = await ada.does("ContinueRun", sessionId=session_id, leaveCurrent=True)
    assert (await ada.ask("Party", id=other["id"]))["state"] == "CLOSED"
    assert (await ada.ask("MyParty"))["id"] == opened["party"]["id"]
