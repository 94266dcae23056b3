"""The inboxes after a run: what the logs of the parties say about a player is in the inbox, and was shown, exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry
from lobby.domain.inbox import (
    Inbox,
    InboxEntry,
    InviteUpdated,
    MembershipChanged,
    SearchUpdated,
    WaitingUpdated,
)
from lobby.domain.model import Party
from lobby.domain.values import LeaveReason
from lobby.ports import Retention
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store
from tools.chaos.expected_state.logs import Log
from tools.chaos.violation import Kind, Violation
from tools.demo.answers import Answer
from tools.simulation.records import Records
from tools.simulation.verdict import Late

INBOX_PAGE = 500

Item = tuple[str, str, str]
"""An entry of an inbox: its kind, the id of what it is about, and what has become of it."""
Expected = defaultdict[str, Counter[Item]]
"""By player."""


def check_inboxes(logs: Iterable[Log], inboxes: dict[str, list[InboxEntry]], records: Records) -> Iterator[Violation]:
    """Each entry about the membership, invites, searches and waits of a player is in the inbox of the player exactly once,
    and nothing else is. No invite from a player who was blocked before is in it."""
    expected: Expected = defaultdict(Counter)
    blocked = {(block.player_id, block.blocked_id): block.answered_at for block in reversed(records.blocks)}
    for log in logs:
        for before, entry in log.steps():
            for player_id, item in _items(log.party_id, before, entry):
                expected[player_id][item] += 1
            event = entry.event
            if isinstance(event, e.PlayerInvited) and not event.invite.is_hidden:
                pair = (event.invite.invitee.id, event.invite.inviter.id)
                if blocked.get(pair, entry.at) < entry.at:
                    yield Violation(Kind.INVARIANT, f"the invite {event.invite.id} reaches {pair[0]} despite a block")
    for player_id, entries in inboxes.items():
        if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
            yield Violation(Kind.LOST, f"the inbox of {player_id} has holes")
        said = Counter(_said(entry) for entry in entries)
        for item in expected[player_id] - said:
            yield Late(Kind.LOST, f"the inbox of {player_id} lacks {item}")
        for item in said - expected[player_id]:
            yield Violation(Kind.DOUBLED, f"the inbox of {player_id} has {item} once too often")


def _items(party_id: str, before: Party | None, entry: Entry) -> Iterator[tuple[str, Item]]:
    """The posts of an entry of a party, by the player who gets them."""
    after, event = entry.party, entry.event
    old = {member.player.id for member in before.members} if before is not None else set()
    new = {member.player.id for member in after.members}
    for player_id in new - old:
        yield player_id, ("member", party_id, "")
    for player_id in old - new:
        reason = getattr(event, "reason", None)
        if reason is not LeaveReason.JOINED_ANOTHER:
            yield player_id, ("member", party_id, reason.value if isinstance(reason, LeaveReason) else "CLOSED")
    if isinstance(event, e.PlayerInvited | e.InviteEnded) and not event.invite.is_hidden:
        yield event.invite.invitee.id, ("invite", event.invite.id, event.invite.state.value)
    if isinstance(event, e.PartySearchChanged) and _stage(before) != _stage(after):
        for player_id in new:
            yield player_id, ("search", event.search.id, event.search.state.value)
    if isinstance(event, e.ReservationsChanged | e.WaitingChanged | e.PartyClosed):
        waits_before, waits = _waits(before), _waits(after)
        for player_id in waits_before.keys() | waits.keys():
            if waits_before.get(player_id) != waits.get(player_id):
                yield player_id, ("wait", party_id, waits.get(player_id, "over"))


def _stage(party: Party | None) -> object:
    """A search as the inboxes of members show it: all except the players who have accepted."""
    search = party.search if party is not None else None
    if search is None:
        return None
    match = (search.match.id, search.match.accept_by) if search.match is not None else None
    return search.id, search.state, match


def _waits(party: Party | None) -> dict[str, str]:
    if party is None:
        return {}
    held = {held.player.id: f"held until {held.until}" for held in party.reservations if held.waiting is not None}
    return {waiting.player.id: "waits" for waiting in party.waiting} | held


def _said(entry: InboxEntry) -> Item:
    event = entry.event
    if isinstance(event, MembershipChanged):
        return "member", event.party_id, event.leave_reason.value if event.leave_reason is not None else ""
    if isinstance(event, InviteUpdated):
        return "invite", event.invite.id, event.invite.state.value
    if isinstance(event, SearchUpdated):
        return "search", event.search.id, event.search.state.value
    if isinstance(event, WaitingUpdated):
        held = f"held until {event.held_until}" if event.held_until is not None else "over"
        return "wait", event.party_id, "waits" if event.is_waiting else held
    return "other", "", ""


def check_streams(inboxes: dict[str, list[InboxEntry]], records: Records) -> Iterator[Violation]:
    """Each player saw every entry of the inbox once, in order, and as it is stored; a snapshot may take the place of some."""
    for player_id, frames in records.inboxes.items():
        entries = inboxes[player_id]
        last: int | None = None
        for frame in frames:
            seq = frame["seq"]
            is_snapshot = frame["__typename"] == "InboxSnapshot"
            if last is not None and not is_snapshot and seq != last + 1:
                yield Violation(Kind.LOST, f"{player_id} saw entry {seq} of the inbox after {last}")
            last = seq
            if is_snapshot:
                continue
            if not 1 <= seq <= len(entries) or not _shows(frame, entries[seq - 1]):
                yield Violation(Kind.CONTENT, f"{player_id} saw {frame} at {seq} of the inbox")
        if last != len(entries):
            yield Late(Kind.LOST, f"{player_id} saw the inbox up to {last} of {len(entries)}")


def _shows(frame: Answer, entry: InboxEntry) -> bool:
    """True if the frame is the entry, as far as the players ask for it."""
    event = entry.event
    if frame["__typename"] != type(event).__name__:
        return False
    if isinstance(event, MembershipChanged):
        reason = event.leave_reason.value if event.leave_reason is not None else None
        party_id = event.party_id if reason is None else None
        return (frame["party"]["id"] if frame["party"] is not None else None, frame["leaveReason"]) == (
            party_id,
            reason,
        )
    if isinstance(event, InviteUpdated):
        return bool(frame["invite"] == {"id": event.invite.id, "state": event.invite.state.value})
    if isinstance(event, SearchUpdated):
        return bool(frame["search"] == {"id": event.search.id, "state": event.search.state.value})
    if isinstance(event, WaitingUpdated):
        is_held = frame["heldUntil"] is not None
        return (frame["party"]["id"], frame["isWaiting"], is_held) == (
            event.party_id,
            event.is_waiting,
            event.held_until is not None,
        )
    return True


async def read_inboxes(url: str, player_ids: Sequence[str]) -> dict[str, list[InboxEntry]]:
    """All entries of these inboxes."""
    store = await open_store(url, Bounds(), Retention(), SystemClock())
    found: dict[str, list[InboxEntry]] = {}
    try:
        for player_id in player_ids:
            entries: list[InboxEntry] = []
            newest = await store.inbox(player_id)
            after = Inbox(player_id, newest.epoch)
            while newest.version and (page := await store.inbox_entries(after, INBOX_PAGE)):
                entries += page
                after = entries[-1].inbox
            found[player_id] = entries
    finally:
        await store.close()
    return found
