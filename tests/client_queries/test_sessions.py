"""The documents about sessions."""

from __future__ import annotations

from lobby.demo.http_client import HttpClient
from tests.journey.parties import session_of
from tests.journey.players import Player

RELAY = {"address": None, "port": None, "relayCode": "RELAY1", "protocol": "relay"}


async def test_update_session_reports_endpoint_and_floor(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada, bram)
    updated = await ada.does(
        "UpdateSession",
        sessionId=session["id"],
        floor=2,
        endpoint={"relayCode": "RELAY1", "protocol": "relay"},
        attributes=[{"key": "seed", "value": "42"}],
    )
    assert (updated["session"]["floor"], updated["session"]["endpoint"]) == (2, RELAY)
    assert updated["session"]["attributes"] == [{"key": "seed", "value": "42"}]
    assert (await bram.ask("Session", id=session["id"]))["endpoint"] == RELAY


async def test_session_keeps_its_endpoint_to_its_players(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada)
    endpoint = {"address": "192.0.2.1", "port": 7777, "protocol": "udp"}
    await ada.does("UpdateSession", sessionId=session["id"], endpoint=endpoint)
    seen = await bram.ask("Session", id=session["id"])
    assert (seen["status"], seen["endpoint"]) == ("IN_PROGRESS", None)


async def test_join_session_answers_a_fresh_ticket_each_time(ada: Player) -> None:
    _, session = await session_of(ada)
    first = await ada.does("JoinSession", sessionId=session["id"])
    second = await ada.does("JoinSession", sessionId=session["id"])
    assert first["ticket"]["token"] != second["ticket"]["token"]


async def test_leave_session_keeps_the_seat_in_the_party(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada, bram)
    left = await bram.does("LeaveSession", sessionId=session["id"])
    assert [player["id"] for player in left["session"]["players"]] == [ada.id]
    assert left["party"]["memberCount"] == 2
    back = await bram.does("JoinSession", sessionId=session["id"])
    assert [player["id"] for player in back["session"]["players"]] == [ada.id, bram.id]
    assert (back["party"]["id"], bool(back["ticket"]["token"])) == (party["id"], True)


async def test_complete_session_takes_the_party_back_to_waiting(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada, bram)
    completed = await ada.does("CompleteSession", sessionId=session["id"], outcome="the dragon sleeps")
    assert (completed["session"]["status"], completed["session"]["outcome"]) == (
        "COMPLETE",
        "the dragon sleeps",
    )
    assert completed["party"]["state"] == "WAITING"
    assert not any(member["ready"] for member in completed["party"]["members"])
    assert (await ada.tries("JoinSession", sessionId=session["id"]))["code"] == "SESSION_NOT_ACTIVE"


async def test_sessions_lists_those_that_run(ada: Player, http: HttpClient) -> None:
    party, session = await session_of(ada)
    page = await http.run("Sessions", {"filter": {"partyId": party["id"]}})
    assert [node["id"] for node in page["nodes"]] == [session["id"]]
    await ada.does("CompleteSession", sessionId=session["id"])
    assert (await http.run("Sessions", {"filter": {"partyId": party["id"]}}))["totalCount"] == 0
    over = {"partyId": party["id"], "status": "COMPLETE"}
    assert (await http.run("Sessions", {"filter": over}))["totalCount"] == 1
