"""An update is made once for all who see the same."""

from __future__ import annotations

import json

from lobby.domain.events import Entry
from lobby.http.updates.shared_updates import SharedUpdates
from lobby.live.frames import Heartbeat, Snapshot, SnapshotReason
from tests.domain.scenes import Scene


def newest(scene: Scene) -> Entry:
    return scene.log[-1]


def test_those_who_stand_alike_get_one_text() -> None:
    entry = newest(Scene("ann", "bob", "cid").disconnects("cid"))
    updates = SharedUpdates()
    assert updates.shown_to("ann", entry) is updates.shown_to("bob", entry) is not None


def test_those_who_stand_otherwise_get_another() -> None:
    entry = newest(Scene("ann", "bob").disconnects("bob"))
    updates = SharedUpdates()
    codes = [json.loads(updates.shown_to(name, entry) or b"")["party"]["join_code"] for name in ("ann", "stranger")]
    assert codes == [entry.party.join_code, None]


def test_a_start_is_each_ones_own_since_a_ticket_is_in_it() -> None:
    assert SharedUpdates().shown_to("ann", newest(Scene("ann").running())) is None


def test_a_heartbeat_is_shared_and_a_snapshot_is_not_kept() -> None:
    party = Scene("ann").party
    updates = SharedUpdates()
    beat = Heartbeat(party, 0)
    assert updates.shown_to("ann", beat) is updates.shown_to("ann", beat) is not None
    assert updates.shown_to("ann", Snapshot(party, 0, SnapshotReason.SUBSCRIBED)) is None
