"""When a party next needs looking at. A deadline is never stored by itself: it is read off the party."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.rules.consequences import leader_grace_ends_at
from lobby.domain.values import Instant, PartyState


def next_deadline(party: Party, bounds: Bounds) -> Instant | None:
    """The earliest time at which something happens to `party` by itself; None for a closed one.

    A countdown's end is not counted here, since a session is begun by whoever allocates its endpoint: see `countdown_ends_at`.
    """
    if party.is_closed:
        return None
    moments = [member.remove_at for member in party.members]
    moments.append(leader_grace_ends_at(party, bounds))
    if party.starts_at is not None:
        moments.append(party.starts_at)
        moments.append(party.starts_at + bounds.allocation_ms)
    if party.state is PartyState.WAITING:
        moments.append(party.changed_at + bounds.idle_ms)
    return min((moment for moment in moments if moment is not None), default=None)
