"""A look of an operator at a party is logged once an hour for each key and party, on all nodes together."""

from __future__ import annotations

from lobby.app.private_views import PrivateViews
from lobby.domain.bounds import Bounds
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.values import Visibility
from lobby.ports import Retention
from lobby.stores import open_store
from tests.lobby.stores.changes import ANA, BEN, create
from tests.manual_clock import ManualClock


async def test_a_look_is_logged_once_an_hour_on_all_nodes_together() -> None:
    clock = ManualClock()
    store = await open_store("memory://", Bounds(), Retention(), clock)
    nodes = PrivateViews(store, clock), PrivateViews(store, clock)
    hidden = await create(store, ANA, "p1", patch=SettingsPatch(visibility=Visibility.INVITE_ONLY))
    public = await create(store, BEN, "p2")
    for node in nodes:
        for by in ("mia", "operator 1a2b3c4d", "mia"):
            await node.record(by, hidden)
            await node.record(by, public)
    clock.advance(3600)
    for node in nodes:
        await node.record("mia", hidden)
    acts = await store.moderation.acts_after(0, 10)
    assert [(act.by, act.action, act.party_id) for act in acts] == [
        ("mia", "viewParty", "p1"),
        ("operator 1a2b3c4d", "viewParty", "p1"),
        ("mia", "viewParty", "p1"),
    ]
    await store.close()
