"""The client documents for sessions."""

from __future__ import annotations

from tests.journey.parties import session_of
from tests.journey.players import Player
from tools.demo.http_client import HttpClient

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


async def test_yield_host_and_report_endpoint_make_another_player_the_host(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada, bram)
    assert (session["host"]["player"]["id"], session["host"]["term"]) == (ada.id, 1)
    endpoint = {"address": "192.0.2.1", "port": 7777, "protocol": "udp"}
    await ada.does("ReportEndpoint", sessionId=session["id"], endpoint=endpoint, hostTerm=1)

    yielded = (await ada.does("YieldHost", sessionId=session["id"]))["session"]
    candidate = yielded["hostCandidate"]
    assert (yielded["host"], yielded["endpoint"], candidate["player"]["id"]) == (None, None, bram.id)
    assert (await ada.does("JoinSession", sessionId=session["id"]))["ticket"] is None

    relay = {"relayCode": "RELAY1", "protocol": "relay"}
    mine = {"sessionId": session["id"], "endpoint": relay, "hostTerm": candidate["term"]}
    changed = (await bram.does("ReportEndpoint", **mine))["session"]
    assert (changed["host"]["player"]["id"], changed["host"]["term"]) == (bram.id, 2)
    assert (changed["endpoint"], changed["hostCandidate"]) == (RELAY, None)
    refused = await ada.tries("ReportEndpoint", sessionId=session["id"], endpoint=endpoint, hostTerm=1)
    assert (refused["code"], refused["field"]) == ("HOST_CHANGED", "input.hostTerm")
    assert refused["current"]["session"]["host"]["player"]["id"] == bram.id


async def test_a_host_spends_tickets_once_and_reports_players(ada: Player, bram: Player) -> None:
    _, session = await session_of(ada, bram)
    endpoint = {"address": "192.0.2.1", "port": 7777, "protocol": "udp"}
    await ada.does("ReportEndpoint", sessionId=session["id"], endpoint=endpoint, hostTerm=1)
    ticket = (await bram.does("JoinSession", sessionId=session["id"]))["ticket"]["token"]
    shown = {"sessionId": session["id"], "ticket": ticket, "hostTerm": 1}
    await ada.does("HostSpendTicket", **shown)
    assert (await ada.tries("HostSpendTicket", **shown))["code"] == "TICKET_SPENT"
    assert (await bram.tries("HostSpendTicket", **shown))["code"] == "NOT_HOST"

    left = await ada.does("HostReportPlayers", sessionId=session["id"], left=[bram.id], hostTerm=1)
    assert [player["id"] for player in left["session"]["players"]] == [ada.id]


async def test_sessions_lists_those_that_run(ada: Player, http: HttpClient) -> None:
    party, session = await session_of(ada)
    page = await http.run("Sessions", {"filter": {"partyId": party["id"]}})
    assert [node["id"] for node in page["nodes"]] == [session["id"]]
    await ada.does("CompleteSession", sessionId=session["id"])
    assert (await http.run("Sessions", {"filter": {"partyId": party["id"]}}))["totalCount"] == 0
    over = {"partyId": party["id"], "status": "COMPLETE"}
    assert (await http.run("Sessions", {"filter": over}))["totalCount"] == 1


async def test_mark_loaded_of_the_last_lets_play_begin_for_all(ada: Player, bram: Player, cleo: Player) -> None:
    party, session = await session_of(ada, bram, loadWaitSeconds=60)
    async with bram.watching(partyId=party["id"]) as watch:
        first = await ada.does("MarkLoaded", sessionId=session["id"])
        assert [player["id"] for player in first["session"]["loaded"]] == [ada.id]
        assert first["session"]["goAt"] is None
        await bram.does("MarkLoaded", sessionId=session["id"])
        go = await watch.until_type("SessionGo")
    assert (go["missing"], go["session"]["goAt"]) == ([], go["goAt"])
    assert go["goAt"] > go["at"]
    assert go["session"]["seed"] == session["seed"]
    await cleo.does("JoinById", partyId=party["id"])
    late = await cleo.ask("Session", id=session["id"])
    assert (late["goAt"], late["seed"]) == (go["goAt"], session["seed"])


async def test_the_seed_is_seen_by_the_players_of_the_session_only(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada)
    assert 0 <= int(session["seed"]) < 2**63
    assert session["goAt"] == session["startedAt"]
    assert (await bram.ask("Session", id=session["id"]))["seed"] is None
    await bram.does("JoinById", partyId=party["id"])
    assert (await bram.ask("Session", id=session["id"]))["seed"] == session["seed"]
    await bram.does("LeaveSession", sessionId=session["id"])
    assert (await bram.ask("Session", id=session["id"]))["seed"] is None
