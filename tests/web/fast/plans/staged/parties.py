"""Parties in each state, and all that can happen to one, played through the real rules."""

from __future__ import annotations

from typing import Any

from lobby.domain import commands as c
from lobby.domain.events import Entry, Event, MemberUpdated
from lobby.domain.model import Endpoint, Party
from lobby.domain.values import GameType, LeaveReason, Visibility
from lobby.live.frames import Frame, Heartbeat, Removed, Snapshot, SnapshotReason
from lobby.value import changed
from tests.domain.scenes import START, Scene, player

ADDRESS = Endpoint("udp", "game.example", 7777)


def _named(party_id: str, scene: Scene) -> Party:
    session = scene.party.session
    return changed(
        scene.party,
        id=party_id,
        session=changed(session, id=f"{party_id}-session", party_id=party_id) if session else None,
    )


def _gathered(**settings: Any) -> Scene:
    scene = Scene("ann", "bob", "cid", "dee", **settings)
    scene.does(c.UpdateMember(player("bob"), "Mage", (("hat", "red"), ("emoji", "\U0001f9d9"))))
    scene.does(c.UpdateParty(player("ann"), attributes=(("map", "crypt"),)))
    return scene.chooses("ann", "Knight").ready("bob", "cid").disconnects("dee")


PARTIES: dict[str, Party] = {
    party_id: _named(party_id, scene)
    for party_id, scene in {
        "waiting": _gathered(),
        "starting": _gathered(difficulty="Hard").starts(force=True),
        "running": _gathered(game_type=GameType.PVP).starts(force=True).after(5).begins(ADDRESS),
        "ended": _gathered().running().completes(outcome="victory"),
        "closed": _gathered().disbands(),
        "private": _gathered(visibility=Visibility.PRIVATE, password="opensesame", name='say "hi"\n'),
        "alone": Scene("eve", game_type=GameType.SOLO, max_members=1),
    }.items()
}


def _story() -> list[Entry]:
    """Every kind of entry at least once."""
    scene = _gathered().returns("dee").sets(max_members=5, name="The Crypt").says("ann", "hello").promotes("bob")
    scene.starts(force=True).cancels().starts(force=True).after(5).begins(ADDRESS)
    scene.does(c.UpdateSession(player("bob"), scene.session.id, 3, attributes=(("loot", "gold"),)))
    scene.does(c.Heartbeat(scene.session.id))
    scene.does(c.SpendTicket(scene.session.id, "ticket-1", "bob", scene.session.id, scene.at + 60_000))
    scene.completes(outcome="victory").kicks("cid").leaves("dee").joins("fay").disbands()
    return scene.log


def frames() -> tuple[Frame, ...]:
    """Every kind of frame; the last is one that can't be shown, about a member who is not there."""
    story = _story()
    party = story[4].party
    about_nobody: Event = MemberUpdated("nobody", None, None, ())
    return (
        Snapshot(party, START, SnapshotReason.SUBSCRIBED),
        *story,
        Heartbeat(party, START + 1),
        Heartbeat(party, START + 2, 2_000),
        Removed(party, START + 3, "cid", LeaveReason.KICKED, START + 60_000),
        Removed(party, START + 4, "dee", LeaveReason.LEFT, None),
        changed(story[-1], event=about_nobody),
    )


FRAMES = frames()
EVENT_KINDS = frozenset(type(frame.event if isinstance(frame, Entry) else frame) for frame in FRAMES)
