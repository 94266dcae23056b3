"""What is true of every party at rest, whatever was asked of it before."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.deadlines import next_deadline
from lobby.domain.events import Entry, LeaderChanged, MemberJoined, MemberUpdated
from lobby.domain.listing import is_listed
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.values import GameType, Instant, PartyState, SessionStatus

MEETINGS_MAX = 32
"""Calls of MeetDeadlines within which all that is due at one instant has happened: one a member, and a few matters."""
DEADLINES_MAX = 64
"""Deadlines within which a party that nobody comes back to has closed."""
NEWCOMER = Player("newcomer", "Newcomer")


def check_seats(party: Party, bounds: Bounds) -> None:
    ids = [member.player.id for member in party.members]
    assert len(set(ids)) == len(ids), "one player on two seats"
    assert len(ids) <= party.settings.max_members <= bounds.members_max
    joined = [member.joined_at for member in party.members]
    assert joined == sorted(joined), "the order of joining is lost"
    for member in party.members:
        assert (member.remove_at is None) == (member.disconnected_at is None)
        assert member.ready_for is None or member.ready_for <= party.settings.version


def check_leader(party: Party) -> None:
    if party.members:
        assert party.leader is not None, "nobody leads"
    else:
        assert party.leader_id is None, "a leader who is no member"
        assert party.is_closed or not party.departures, "an emptied party that is still open"


def check_settings(party: Party, bounds: Bounds) -> None:
    settings = party.settings
    assert settings.game_type is not GameType.SOLO or settings.max_members == 1
    assert settings.game_type is not GameType.PVP or settings.max_members >= 2
    assert settings.difficulty in bounds.difficulties
    assert 0 <= settings.countdown_s <= bounds.countdown_max_s


def check_state(party: Party) -> None:
    """The state, the session and the countdown say the same."""
    status = party.session.status if party.session else None
    expected = {PartyState.STARTING: SessionStatus.WAITING, PartyState.IN_PROGRESS: SessionStatus.IN_PROGRESS}
    assert status is expected.get(party.state)
    assert (party.starts_at is not None) == (party.state is PartyState.STARTING)
    assert not party.forced or party.state is PartyState.STARTING
    assert party.others_ready_since is None or party.state is PartyState.WAITING
    if party.last_session is not None:
        assert party.last_session.status in (SessionStatus.COMPLETE, SessionStatus.ABANDONED)
        assert party.last_session.ended_at is not None
    if party.is_closed:
        assert not party.members


def check_session(party: Party) -> None:
    session = party.session
    if session is None:
        return
    inside = [player.id for player in session.players]
    members = [member.player.id for member in party.members]
    assert inside, "a session with nobody in it"
    assert len(set(inside)) == len(inside), "one player twice in a session"
    assert set(inside) <= set(members), "a session with somebody from outside"
    assert session.party_id == party.id
    assert set(session.arrived) <= set(inside), "somebody has arrived who is not inside"
    spent = [ticket.id for ticket in session.spent]
    assert len(set(spent)) == len(spent), "one ticket spent twice"
    if session.status is SessionStatus.WAITING:
        assert inside == members, "the players of a session that has not begun are the members"


def check_countdown(party: Party) -> None:
    if party.state is not PartyState.STARTING:
        return
    assert len(party.members) >= (2 if party.settings.game_type is GameType.PVP else 1)
    if not party.forced:
        assert all(member.remove_at is None for member in party.members), "counting down without somebody"


def check_listed(party: Party, at: Instant, bounds: Bounds) -> None:
    """Whoever finds a party on the list can join it, but for its password."""
    if is_listed(party):
        decision = decide(party, c.JoinParty(NEWCOMER), at, bounds)
        assert not isinstance(decision, Rejection) or decision.code is RejectionCode.WRONG_PASSWORD


def check_step(before: Party | None, entries: tuple[Entry, ...]) -> None:
    """What a step of the log may do to a party, and what it may not."""
    for entry in entries:
        party = entry.party
        if before is not None:
            _check_change(before, entry)
        if isinstance(entry.event, MemberJoined | MemberUpdated):
            _check_class(before, entry)
        before = party


def _check_change(before: Party, entry: Entry) -> None:
    party = entry.party
    assert entry.at >= before.changed_at
    assert party.term - before.term == isinstance(entry.event, LeaderChanged)
    assert party.settings.version - before.settings.version in (0, 1)
    if before.state is PartyState.STARTING:
        assert party.settings == before.settings, "settings changed under a countdown"
        assert not isinstance(entry.event, MemberJoined), "a countdown that somebody joined"
    old = [member.player.id for member in before.members]
    new = [member.player.id for member in party.members]
    stayed = [player_id for player_id in old if player_id in new]
    assert new[: len(stayed)] == stayed, "the order of joining has changed"
    assert len(new) - len(stayed) <= 1


def _check_class(before: Party | None, entry: Entry) -> None:
    """Where classes are unique, nobody gets one that another has."""
    event, party = entry.event, entry.party
    player_id = event.player_id if isinstance(event, MemberUpdated) else party.members[-1].player.id
    old = before.member(player_id) if before else None
    chosen = party.member(player_id)
    if chosen is None or chosen.character_class is None or not party.settings.unique_classes:
        return
    if old is None or old.character_class != chosen.character_class:
        assert sum(member.character_class == chosen.character_class for member in party.members) == 1


def settled(party: Party, at: Instant, bounds: Bounds, up_since: Instant = 0) -> Party:
    """`party` once all that is due at `at` has happened."""
    for _ in range(MEETINGS_MAX):
        decision = decide(party, c.MeetDeadlines(up_since), at, bounds)
        assert isinstance(decision, tuple)
        if not decision:
            return party
        party = decision[-1].party
    raise AssertionError("the deadlines of one instant never end")


def check_deadlines(party: Party, at: Instant, bounds: Bounds) -> None:
    """Nothing that is due stays due: only the end of a countdown waits, for its endpoint."""
    met = settled(party, at, bounds)
    for after in (0, met.starts_at or 0):
        deadline = next_deadline(met, bounds, after)
        assert deadline is None or deadline > at or deadline == met.starts_at
    settled(party, at, bounds, up_since=at)


def check_ends(party: Party, at: Instant, bounds: Bounds) -> None:
    """A party whose members have all gone, and whose endpoint never comes, closes."""
    for member in party.members:
        decision = decide(party, c.SetPresence(member.player.id, connected=False), at, bounds)
        assert isinstance(decision, tuple)
        party = decision[-1].party if decision else party
    for _ in range(DEADLINES_MAX):
        party = settled(party, at, bounds)
        deadline = next_deadline(party, bounds, at)
        if deadline is None:
            assert party.is_closed, "a party that hangs"
            return
        at = deadline
    raise AssertionError("a party that never closes")
