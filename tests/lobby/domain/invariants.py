"""Invariants: facts that hold for every party after every command."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import (
    CountdownStarted,
    Entry,
    HostChanged,
    HostLost,
    LeaderChanged,
    MemberJoined,
    MemberUpdated,
    SessionGo,
    SessionStarted,
)
from lobby.domain.evolve import ENDED_INVITES_MAX
from lobby.domain.listing import is_listed
from lobby.domain.model import Party, Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.rules.presence_and_deadlines import next_deadline
from lobby.domain.rules.waiting import offer_due_at, waiting_check_due_at
from lobby.domain.values import (
    GameType,
    Instant,
    LeaveReason,
    PartyState,
    ReservationReason,
    SessionStatus,
)

MEET_DEADLINES_MAX = 32
"""This many MeetDeadlines commands do all that is due at one instant: one for each member, and a few others."""
DEADLINES_MAX = 64
"""A party to which nobody returns is closed after at most this many deadlines."""
ASKED_MAX = 8
NEWCOMER = Player("newcomer", "Newcomer")


def check_seats(party: Party, bounds: Bounds) -> None:
    ids = [member.player.id for member in party.members]
    assert len(set(ids)) == len(ids), "one player has two seats"
    assert len(ids) <= party.settings.max_members <= bounds.members_max
    joined = [member.joined_at for member in party.members]
    assert joined == sorted(joined), "the order of joining is lost"
    for member in party.members:
        assert (member.remove_at is None) == (member.disconnected_at is None)
        assert member.ready_for is None or member.ready_for <= party.settings.version


def check_teams(party: Party) -> None:
    teams = [member.team for member in party.members]
    count, size_max = party.settings.teams, -(-party.settings.max_members // (party.settings.teams or 1))
    assert all((team is None) == (count == 0) for team in teams), "a member without a team, or in one that is not there"
    assert all(team is None or 1 <= team <= count for team in teams)
    assert all(teams.count(team) <= size_max for team in range(1, count + 1)), "a team has too many members"


def check_reservations(party: Party, bounds: Bounds) -> None:
    """A seat that is held counts as taken, and nobody has a seat twice."""
    held = [held.player.id for held in party.reservations]
    members = [member.player.id for member in party.members]
    assert len(set(held)) == len(held), "two seats are held for one player"
    assert not set(held) & set(members), "a seat is held for a member"
    taken = len(held) + len(members)
    assert taken <= party.settings.max_members
    assert party.free_seats == party.settings.max_members - taken or party.is_closed
    if party.is_closed:
        assert not held
        assert party.continues is None


def check_invites(party: Party, bounds: Bounds) -> None:
    """A player has one pending invite at most, and no pending invite outlives its inviter's membership or the party."""
    pending = party.pending_invites
    invitees = [invite.invitee.id for invite in pending]
    members = {member.player.id for member in party.members}
    banned = {gone.player_id for gone in party.departures if gone.reason is LeaveReason.BANNED}
    assert len(pending) <= bounds.invites_max
    assert len(set(invitees)) == len(invitees), "a player has two pending invites"
    assert not set(invitees) & (members | banned), "a member or a banned player has a pending invite"
    assert {invite.inviter.id for invite in pending} <= members, "an invite outlives its inviter's membership"
    assert not pending or not party.is_closed, "an invite outlives the party"
    assert len({invite.id for invite in party.invites}) == len(party.invites) <= bounds.invites_max + ENDED_INVITES_MAX


def check_waiting(party: Party, bounds: Bounds) -> None:
    """A player who waits has no seat, and there are not too many."""
    waiting = [waiting.player.id for waiting in party.waiting]
    held = [held.player.id for held in party.reservations]
    from_list = [held.player.id for held in party.reservations if held.reason is ReservationReason.WAITLIST]
    members = [member.player.id for member in party.members]
    assert len({*waiting, *held, *members}) == len(waiting) + len(held) + len(members), "a player is in two places"
    assert len(waiting) + len(from_list) <= bounds.waiting_max
    assert party.claimed_players == {*waiting, *from_list, *members}
    assert all(held.until - held.waiting.since >= 0 for held in party.reservations if held.waiting is not None)
    if party.is_closed:
        assert not waiting


def check_continuation(party: Party) -> None:
    """The session that continues a run has its checkpoint until it saves its own."""
    session, run = party.session, party.continues
    if session is None or run is None:
        return
    assert session.checkpoint is not None, "the checkpoint of the run is lost"
    assert session.has_saved or session.checkpoint == run.checkpoint


def check_leader(party: Party) -> None:
    if party.members:
        assert party.leader is not None, "nobody leads"
    else:
        assert party.leader_id is None, "the leader is not a member"
        assert party.is_closed or not party.departures, "a party without members is open"


def check_settings(party: Party, bounds: Bounds) -> None:
    settings = party.settings
    assert settings.game_type is not GameType.SOLO or settings.max_members == 1
    assert settings.game_type is not GameType.PVP or settings.max_members >= 2
    assert settings.difficulty in bounds.difficulties
    assert 0 <= settings.countdown_s <= bounds.countdown_max_s
    assert 0 <= settings.teams <= min(4, settings.max_members)


def check_state(party: Party) -> None:
    """The state agrees with the session and the countdown."""
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
    assert inside, "nobody is inside the session"
    assert len(set(inside)) == len(inside), "one player is inside twice"
    assert set(inside) <= set(members), "a player inside is not a member"
    assert session.party_id == party.id
    assert set(session.arrived) <= set(inside), "a player has arrived who is not inside"
    assert set(session.loaded) <= set(inside), "a player has loaded who is not inside"
    assert (session.endpoint is None) == (session.endpoint_at is None)
    if session.play_at is None and session.status is SessionStatus.IN_PROGRESS and session.migration is None:
        assert set(inside) > set(session.loaded), "all have loaded, and play does not begin"
    spent = [ticket.id for ticket in session.spent]
    assert len(set(spent)) == len(spent), "one ticket was used twice"
    seated = [seat.player.id for seat in session.seats]
    assert len(set(seated)) == len(seated) <= 64
    if session.status is SessionStatus.IN_PROGRESS:
        assert set(inside) <= set(seated), "a player inside has no seat"
    if session.status is SessionStatus.WAITING:
        assert inside == members, "the players of a session that has not begun are the members"


def check_host(party: Party) -> None:
    """A running session has one host, who is inside, or a new host is being found, or no player hosts it."""
    session = party.session
    if session is None:
        return
    host, migration = session.host, session.migration
    inside = [player.id for player in session.players]
    if session.status is SessionStatus.WAITING or session.server_seen_at is not None:
        assert (host, migration) == (None, None), (
            "a player hosts a session that a game server runs, or that has not begun"
        )
    if host is None:
        assert session.host_away_since is None
    else:
        assert migration is None, "a host is being found beside the host"
        assert host.player.id in inside, "the host is not inside"
        away = {m.player.id for m in party.members if m.remove_at is not None}
        is_missed = host.player.id in away and not set(inside) - {host.player.id} <= away
        assert (session.host_away_since is not None) == is_missed
    if migration is not None:
        assert session.endpoint is None, "players are sent to a host who is gone"
        assert (migration.candidate is None) == (migration.report_by is None)
        assert len(migration.asked) <= len(set(migration.asked)) <= ASKED_MAX


def check_candidate(party: Party) -> None:
    """After a command: a player who is asked to host is inside, and somebody is asked if somebody can be."""
    session = party.session
    if session is None or session.migration is None:
        return
    migration = session.migration
    left = [player.id for player in session.players if player.id not in migration.asked]
    if migration.candidate is not None:
        assert session.has_player(migration.candidate.id)
        assert migration.candidate.id in migration.asked
    else:
        assert left, "all have been asked, and the session goes on"
        assert all(m.remove_at is not None for m in party.members if m.player.id in left), "nobody is asked"


def check_countdown(party: Party) -> None:
    if party.state is not PartyState.STARTING:
        return
    assert len(party.members) >= (2 if party.settings.game_type is GameType.PVP else 1)
    assert {m.team for m in party.members} >= set(range(1, party.settings.teams + 1)), "a countdown with an empty team"
    if not party.forced:
        assert all(member.remove_at is None for member in party.members), (
            "a countdown goes on although a member is disconnected"
        )


def check_listed(party: Party, at: Instant, bounds: Bounds) -> None:
    """A player can join every party on the list, unless it has a password."""
    if is_listed(party):
        decision = decide(party, c.JoinParty(NEWCOMER, client_version=party.settings.client_version), at, bounds)
        assert not isinstance(decision, Rejection) or decision.code is RejectionCode.WRONG_PASSWORD


def check_step(before: Party | None, entries: tuple[Entry, ...]) -> None:
    """The limits on what one entry of the log may change."""
    for entry in entries:
        party = entry.party
        if before is not None:
            _check_change(before, entry)
        if isinstance(entry.event, CountdownStarted):
            assert party.settings.client_version in (None, *{m.client_version for m in party.members})
            assert len({m.client_version for m in party.members}) == 1 or party.settings.client_version is None
            assert {m.team for m in party.members} >= set(range(1, party.settings.teams + 1)), "a team is empty"
        if isinstance(entry.event, MemberJoined | MemberUpdated):
            _check_class(before, entry)
        check_host(party)
        if before is not None:
            _check_term_of_host(before, entry)
        before = party


def _check_change(before: Party, entry: Entry) -> None:
    party = entry.party
    assert entry.at >= before.changed_at
    assert party.term - before.term == isinstance(entry.event, LeaderChanged)
    assert party.settings.version - before.settings.version in (0, 1)
    if before.session is not None and party.session is not None and before.session.id == party.session.id:
        assert before.session.seed == party.session.seed, "the seed has changed"
    if isinstance(entry.event, SessionGo):
        assert before.session is not None
        assert before.session.play_at is None, "play begins twice"
        assert entry.event.go_at == entry.at + 1000
    if before.state is PartyState.STARTING:
        assert party.settings == before.settings, "settings changed during a countdown"
        assert not isinstance(entry.event, MemberJoined), "a player joined during a countdown"
    old = [member.player.id for member in before.members]
    new = [member.player.id for member in party.members]
    stayed = [player_id for player_id in old if player_id in new]
    assert new[: len(stayed)] == stayed, "the order of joining has changed"
    assert len(new) - len(stayed) <= 1
    if isinstance(entry.event, HostLost) and before.session is not None and before.session.migration is not None:
        assert entry.event.term == before.session.migration.term, "a silent candidate used up a term"


def _check_term_of_host(before: Party, entry: Entry) -> None:
    """A host comes with the start of a session or with HostChanged, and its term is the next one."""
    old, new = before.session, entry.party.session
    if new is None or new.host is None or (old is not None and old.host == new.host):
        return
    if isinstance(entry.event, SessionStarted):
        assert (new.host.term, new.host.player.id) == (1, before.leader_id)
        return
    assert isinstance(entry.event, HostChanged), "the host changed unseen"
    assert old is not None
    assert old.migration is not None
    assert (new.host.term, new.host.player) == (old.migration.term, old.migration.candidate)
    assert new.endpoint is not None


def _check_class(before: Party | None, entry: Entry) -> None:
    """If classes are unique, a member never gets the class of another."""
    event, party = entry.event, entry.party
    player_id = event.player_id if isinstance(event, MemberUpdated) else party.members[-1].player.id
    old = before.member(player_id) if before else None
    chosen = party.member(player_id)
    if chosen is None or chosen.character_class is None or not party.settings.unique_classes:
        return
    if old is None or old.character_class != chosen.character_class:
        assert sum(member.character_class == chosen.character_class for member in party.members) == 1


def meet_all_deadlines(party: Party, at: Instant, bounds: Bounds, up_since: Instant = 0) -> Party:
    """`party` after all that is due at `at`."""
    for _ in range(MEET_DEADLINES_MAX):
        decision = decide(party, c.MeetDeadlines(up_since), at, bounds)
        assert isinstance(decision, tuple)
        if not decision:
            return party
        party = decision[-1].party
    raise AssertionError("the deadlines of one instant never end")


def check_deadlines(party: Party, at: Instant, bounds: Bounds) -> None:
    """After all deadlines are met nothing is due, except for the end of a countdown, which waits for its endpoint, a free seat,
    which waits for a player on the waiting list to connect, and the check of that list, which is a command of its own."""
    party = meet_all_deadlines(party, at, bounds)
    for after in (0, party.starts_at or 0):
        deadline = next_deadline(party, bounds, after)
        others = (party.starts_at, offer_due_at(party), waiting_check_due_at(party))
        assert deadline is None or deadline > at or deadline in others
    meet_all_deadlines(party, at, bounds, up_since=at)


def check_ends(party: Party, at: Instant, bounds: Bounds) -> None:
    """A party closes if all members stay disconnected and no endpoint is allocated."""
    for member in party.members:
        decision = decide(party, c.SetPresence(member.player.id, connected=False), at, bounds)
        assert isinstance(decision, tuple)
        party = decision[-1].party if decision else party
    for _ in range(DEADLINES_MAX):
        party = meet_all_deadlines(party, at, bounds)
        deadline = next_deadline(party, bounds, at)
        if deadline is None:
            assert party.is_closed, "an open party without a deadline"
            return
        at = deadline
    raise AssertionError("the party does not close")
