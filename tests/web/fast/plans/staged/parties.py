"""Parties in each state, and all that can happen to one, played through the real rules."""

from __future__ import annotations

from typing import Any

from lobby.domain import commands as c
from lobby.domain.events import Entry, Event, MemberUpdated
from lobby.domain.model import Endpoint, Party
from lobby.domain.search import Match, SearchCriteria
from lobby.domain.values import GameType, LeaveReason, Visibility
from lobby.live.frames import Announcement, Frame, Heartbeat, Removed, Snapshot, SnapshotReason
from lobby.struct import replace
from tests.lobby.domain.scenes import START, Scene, player
from tests.lobby.domain.test_saved_runs import Continued, run_of, saves

REFUSED = "refused"

ADDRESS = Endpoint("udp", "game.example", 7777)


def _named(party_id: str, scene: Scene) -> Party:
    session = scene.party.session
    return replace(
        scene.party,
        id=party_id,
        session=replace(session, id=f"{party_id}-session", party_id=party_id) if session else None,
    )


def _gathered(**settings: Any) -> Scene:
    scene = Scene("ann", "bob", "cid", "dee", **settings)
    scene.does(c.UpdateMember(player("bob"), "Mage", (("hat", "red"), ("emoji", "\U0001f9d9"))))
    scene.does(c.UpdateParty(player("ann"), attributes=(("map", "crypt"),)))
    return scene.chooses("ann", "Knight").ready("bob", "cid").disconnects("dee")


def _search(scene: Scene) -> Scene:
    """A search that is proposed a match, which one member has accepted."""
    leader = scene.party.leader
    assert leader is not None
    scene.does(c.StartSearch(leader.player, SearchCriteria(GameType.COOP, 8), "searching.1", 20))
    scene.does(c.ProposeMatch(Match("match", (scene.party.id, "other"), scene.at + 15_000)))
    return scene.does(c.AcceptMatch(leader.player, "searching.1"))


PARTIES: dict[str, Party] = {
    party_id: _named(party_id, scene)
    for party_id, scene in {
        "waiting": _gathered(),
        "starting": _gathered(difficulty="Hard").starts(force=True),
        "running": _gathered(game_type=GameType.PVP).starts(force=True).after(5).begins(ADDRESS),
        "hosted": _gathered().running(is_hosted=True),
        "migrating": _gathered().running(is_hosted=True).does(c.YieldHost(player("ann"), "session-1")),
        "continued": Continued(run_of("ann", "bob", "cid")),
        "ended": _gathered().running().completes(outcome="victory"),
        "closed": _gathered().disbands(),
        "searching": _search(_gathered()),
        "private": _gathered(visibility=Visibility.PRIVATE, password="opensesame", name='say "hi"\n'),
        "alone": Scene("eve", game_type=GameType.SOLO, max_members=1),
    }.items()
}


def _story() -> list[Entry]:
    """Every kind of entry at least once."""
    scene = _gathered().returns("dee").sets(max_members=5, load_wait_s=9).says("ann", "hello").promotes("bob")
    _search(scene)
    scene.starts(force=True).cancels().starts(force=True).after(5).begins(ADDRESS, is_hosted=True)
    session_id = scene.session.id
    scene.does(c.YieldHost(player("bob"), session_id)).does(
        c.UpdateSession(player("ann"), session_id, 2, ADDRESS, (), 2)
    )
    scene.does(c.UpdateSession(player("bob"), scene.session.id, 3, attributes=(("loot", "gold"),)))
    for name in scene.names:
        scene.does(c.MarkLoaded(player(name), scene.session.id))
    saves(scene, label="The gate")
    scene.does(c.Heartbeat(scene.session.id))
    scene.does(c.SpendTicket(scene.session.id, "ticket-1", "bob", scene.session.id, scene.at + 60_000))
    scene.invites("bob", "eve", "gus").does(c.DeclineInvite(player("eve"), scene.invite_id("eve")))
    scene.completes(outcome="victory").kicks("cid").leaves("dee").joins("fay").sets(max_members=3)
    scene.does(c.JoinParty(player("hal"), by_code=True, wait=True)).disbands()
    return [*scene.log, *Continued(run_of("ann", "bob", "cid")).kicks("bob").log]


def frames() -> tuple[Frame, ...]:
    """Every kind of frame. The last frame can't be shown, because its member is not in the party."""
    story = _story()
    party = story[4].party
    about_nobody: Event = MemberUpdated("nobody", None, None, ())
    return (
        Snapshot(party, START, SnapshotReason.SUBSCRIBED),
        *story,
        Heartbeat(party, START + 1),
        Heartbeat(party, START + 2, 2_000),
        Announcement(party, START + 2, "An update"),
        Removed(party, START + 3, "cid", LeaveReason.KICKED, START + 60_000),
        Removed(party, START + 4, "dee", LeaveReason.LEFT, None),
        replace(story[4], event=about_nobody),
    )


FRAMES = frames()
EVENT_KINDS = frozenset(type(frame.event if isinstance(frame, Entry) else frame) for frame in FRAMES)
