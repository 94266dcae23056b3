"""The inbox: a log per player of what concerns the player outside of a party's own stream. To add a kind of event, start here.

A kind is a class and a member of the union `InboxEvent`. `inbox_posts` says which events of a party concern whom: add a rule to
`_RULES`. Every store calls it for each commit, and writes the posts together with the entries of the party, so that a rule is all
that a new kind needs to be delivered. What does not follow from an entry of a party is posted by `Inboxes.post_to_inboxes`.

Stores write the names of the classes and of their fields, as those of `events.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, get_args

from lobby.domain.events import (
    Entry,
    Event,
    InviteEnded,
    MemberJoined,
    MemberLeft,
    PartyClosed,
    PartyCreated,
    PartySearchChanged,
    PlayerInvited,
    ReservationsChanged,
    WaitingChanged,
)
from lobby.domain.model import Invite, Party
from lobby.domain.search import Search
from lobby.domain.values import Instant, LeaveReason, PartyId, PlayerId
from lobby.struct import Struct, replace

NO_EPOCH = "0"
"""The epoch of an inbox without an entry."""


class MembershipChanged(Struct):
    """The player has come into the party, or (`leave_reason` is set) has left it and is in none any more.

    A player who moves from one party to another in one commit has come into the other one, and has not left.
    """

    party_id: PartyId
    leave_reason: LeaveReason | None = None


class InviteUpdated(Struct):
    """An invite to the player is new, or its state has changed. `invite`: as it is after that."""

    invite: Invite


class WaitingUpdated(Struct):
    """The player has begun to wait for a seat in the party, or the wait has come further: see the fields.

    A player who joins the party gets MembershipChanged instead.
    """

    party_id: PartyId
    is_waiting: bool
    """True if the player is on the waiting list. If it is False and no seat is held, the wait has ended."""
    held_until: Instant | None = None
    """Until when a seat is held for the player, who takes it by joining."""


class SearchUpdated(Struct):
    """The search of the player has begun or ended, or a match was proposed, put off or dropped. Not for each accept.

    `search`: as it is after that, without the other parties of a match.
    """

    party_id: PartyId
    search: Search


class Announced(Struct):
    """Words of the operators, 1 to 500 characters."""

    text: str


InboxEvent = MembershipChanged | InviteUpdated | WaitingUpdated | SearchUpdated | Announced

INBOX_EVENT_KINDS: tuple[type[InboxEvent], ...] = get_args(InboxEvent)


class Inbox(Struct):
    """The inbox of a player after its entry `version`: a position in the log, as the epoch, version and time of a party are."""

    player_id: PlayerId
    epoch: str = NO_EPOCH
    """The id of this log. An inbox that was deleted or lost begins again with another one."""
    version: int = 0
    """The seq of the newest entry; 0 for an empty inbox."""
    changed_at: Instant = 0
    """The time of the newest entry. It distinguishes an entry from another one that took its place, such as after a failover."""


class InboxEntry(Struct):
    """One entry of an inbox, and the inbox after it. `seq` starts at 1 and has no gaps."""

    event: InboxEvent
    inbox: Inbox

    @property
    def seq(self) -> int:
        return self.inbox.version

    @property
    def at(self) -> Instant:
        return self.inbox.changed_at


def party_id_of(event: InboxEvent) -> PartyId | None:
    """The party that is shown with an event. An entry whose party is no longer kept cannot be shown any more."""
    if isinstance(event, InviteUpdated):
        return event.invite.party_id
    if isinstance(event, WaitingUpdated | SearchUpdated):
        return event.party_id
    return event.party_id if isinstance(event, MembershipChanged) and event.leave_reason is None else None


class InboxPost(Struct):
    """An event on its way into an inbox, which gives it the next seq."""

    player_id: PlayerId
    at: Instant
    event: InboxEvent
    source: str = ""
    """The source of the event. An inbox takes only one entry from each source. Empty: the commit that the post is part of."""


class PartyChange(Protocol):
    """The entries of one party in a commit, and the party before them; None: a new party."""

    @property
    def before(self) -> Party | None: ...

    @property
    def entries(self) -> tuple[Entry, ...]: ...


Addressed = tuple[PlayerId, InboxEvent]
"""An event, and the player whom it concerns."""


def inbox_posts(changes: Iterable[PartyChange]) -> tuple[InboxPost, ...]:
    """The posts into the inboxes of players that follow from the changes of one commit, in their order."""
    posts: list[InboxPost] = []
    for change in changes:
        before = change.before
        for entry in change.entries:
            rule = _RULES.get(type(entry.event))
            if rule is not None:
                posts += [InboxPost(player_id, entry.at, event) for player_id, event in rule(entry, before)]
            before = entry.party
    if len(posts) < 2:
        return tuple(posts)
    came = {post.player_id for post in posts if _is_arrival(post.event)}
    return tuple(post for post in posts if not (post.player_id in came and _is_move(post.event)))


def _is_arrival(event: InboxEvent) -> bool:
    return isinstance(event, MembershipChanged) and event.leave_reason is None


def _is_move(event: InboxEvent) -> bool:
    """True for the half of a move that the other party makes obsolete."""
    return isinstance(event, MembershipChanged) and event.leave_reason is LeaveReason.JOINED_ANOTHER


def _when_created(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    event = entry.event
    assert isinstance(event, PartyCreated)
    return [(event.creator.id, MembershipChanged(entry.party.id))] if event.creator is not None else ()


def _when_joined(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    event = entry.event
    assert isinstance(event, MemberJoined)
    return [(event.player.id, MembershipChanged(entry.party.id))]


def _when_left(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    event = entry.event
    assert isinstance(event, MemberLeft)
    if before is None or before.member(event.player.id) is None:
        return ()  # a former member was banned
    return [(event.player.id, MembershipChanged(entry.party.id, event.reason))]


def _when_invite_changed(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    event = entry.event
    assert isinstance(event, PlayerInvited | InviteEnded)
    return [(event.invite.invitee.id, InviteUpdated(event.invite))] if not event.invite.is_hidden else ()


def _when_waiting_changed(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    old, new = _waits(before), _waits(entry.party)
    changed = [
        player_id for player_id in (*new, *(old.keys() - new.keys())) if old.get(player_id) != new.get(player_id)
    ]
    return [(player_id, new.get(player_id) or WaitingUpdated(entry.party.id, False)) for player_id in sorted(changed)]


def _waits(party: Party | None) -> dict[PlayerId, WaitingUpdated]:
    """The state of each player who waits for a seat, or for whom one is held from the waiting list."""
    if party is None:
        return {}
    waits = {waiting.player.id: WaitingUpdated(party.id, True) for waiting in party.waiting}
    held = {h.player.id: WaitingUpdated(party.id, False, h.until) for h in party.reservations if h.waiting is not None}
    return waits | held


def _when_search_changed(entry: Entry, before: Party | None) -> Sequence[Addressed]:
    event = entry.event
    assert isinstance(event, PartySearchChanged)
    old, new = before.search if before is not None else None, event.search
    if old is not None and replace(old, accepted=new.accepted) == new:
        return ()
    match = replace(new.match, party_ids=()) if new.match is not None else None
    updated = SearchUpdated(entry.party.id, replace(new, match=match))
    return [(member.player.id, updated) for member in entry.party.members]


Rule = Callable[[Entry, Party | None], Sequence[Addressed]]
"""Whom an entry concerns. The second argument is the party before the entry."""

_RULES: dict[type[Event] | type[Any], Rule] = {
    PartyCreated: _when_created,
    MemberJoined: _when_joined,
    MemberLeft: _when_left,
    PlayerInvited: _when_invite_changed,
    InviteEnded: _when_invite_changed,
    ReservationsChanged: _when_waiting_changed,
    WaitingChanged: _when_waiting_changed,
    PartyClosed: _when_waiting_changed,
    PartySearchChanged: _when_search_changed,
}
