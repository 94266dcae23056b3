"""The JSON of plans and intents keeps its form: nodes of two versions share a store during an upgrade."""

from __future__ import annotations

import json

from lobby.domain.commands import JoinParty, LeaveParty
from lobby.domain.model import Reservation
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.regions import RegionPing
from lobby.domain.values import ReservationReason
from lobby.ports import Commit, Retention
from lobby.stores.valkey.commit_planner import CommitPlanner
from lobby.stores.valkey.list_replica import outline_of, row_of
from lobby.stores.valkey.partitions import Partitions
from lobby.struct import replace
from tests.lobby.stores.changes import ANA, AT, BEN, BOUNDS, CAT, change, party_creation, party_move, record_of, start


def test_plans_have_the_field_names_that_the_scripts_of_all_versions_read() -> None:
    made = party_creation(ANA, "p1")
    joined = change(made.after, JoinParty(BEN))
    started = change(joined.after, start())
    planner = CommitPlanner(Partitions(1), BOUNDS, Retention())
    commit = Commit((started,), record_of(started.after))
    plan = json.loads(planner.plan(commit, AT, AT, {"p1": "commit"}).partitions[0].to_json())
    assert list(plan) == [
        *("id", "now", "claimed_at", "code_ms", "fenced", "parties", "seats", "seats_left"),
        *("codes", "codes_left", "session_ids", "session_ids_left", "continuations"),
        *("continuations_left", "run_hints", "invite_hints", "invite_hints_left", "block_checks", "record"),
        *("posts", "inbox"),
    ]
    assert list(plan["parties"][0]) == [
        *("id", "before", "after", "nonce", "at", "closed", "moments", "row", "sessions"),
        *("visibility", "entries_min", "log_ms", "log_bytes_max", "search", "serial", "runs", "sends_events"),
    ]
    assert plan["parties"][0]["nonce"] == "commit"
    assert list(plan["parties"][0]["sessions"][0]) == ["id", "place", "text", "created_at", "expires_at"]
    assert list(plan["session_ids"][0]) == ["id", "party", "seq"]
    assert list(plan["record"]) == ["name", "text", "expires_at"]


def test_claims_have_the_field_names_that_the_scripts_of_all_versions_read() -> None:
    here, other = party_creation(ANA, "p1"), party_creation(BEN, "p2")
    joined = change(here.after, JoinParty(CAT))
    planner = CommitPlanner(Partitions(1), BOUNDS, Retention())
    move = party_move(CAT, joined.after, other.after)
    plan = json.loads(planner.plan(move, AT, AT, {}).partitions[0].to_json())
    assert plan["seats"] == [{"player": "cat", "party": "p2", "seq": 2, "old": "p1"}]
    assert plan["seats_left"] == [{"player": "cat", "party": "p1", "seq": 3}]
    created = json.loads(planner.plan(Commit((here,)), AT, AT, {}).partitions[0].to_json())
    assert created["codes"] == [{"code": "P1", "party": "p1", "seq": 1}]
    closed = change(other.after, LeaveParty(BEN))
    left = json.loads(planner.plan(Commit((closed,)), AT, AT, {}).partitions[0].to_json())
    assert left["codes_left"] == [{"code": "P2", "party": "p2", "at": AT, "closed": 1, "seq": closed.after.version}]


def test_rows_of_the_list_are_read_without_the_fields_of_newer_versions_and_with_more() -> None:
    party = party_creation(ANA, "p1", patch=SettingsPatch(client_version="1.0")).after
    row = json.loads(row_of(party))
    assert outline_of("p1", json.dumps(row).encode()).settings.client_version == "1.0"
    assert outline_of("p1", json.dumps(row[:9]).encode()).settings.client_version is None
    held = Reservation(BEN, AT, ReservationReason.CONTINUED_RUN)
    with_pings = replace(
        party, members=(replace(party.members[0], pings=(RegionPing("eu", 20),)),), reservations=(held,)
    )
    outline = outline_of("p1", row_of(with_pings).encode())
    assert (outline.region, outline.free_seats) == ("eu", with_pings.free_seats)
    assert outline_of("p1", json.dumps([*row, "of tomorrow"]).encode()).settings.client_version == "1.0"
