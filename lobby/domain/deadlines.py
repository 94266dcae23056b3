"""When a party next needs looking at. A deadline is never stored by itself: it is read off the party."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.model import Party
from lobby.domain.rules.consequences import leader_grace_ends_at
from lobby.domain.rules.game_server import silence_ends_at
from lobby.domain.rules.presence import expires_at
from lobby.domain.values import Instant


def next_deadline(party: Party, bounds: Bounds, after: Instant = 0) -> Instant | None:
    """The earliest time later than `after` at which `party` needs looking at; None: never again.

    At the end of a countdown somebody allocates the endpoint; should that one die, the next deadline gives up on it.
    """
    return min((moment for moment in moments(party, bounds) if moment > after), default=None)


def moments(party: Party, bounds: Bounds) -> list[Instant]:
    """All times at which `party`, as it stands, needs looking at, in no order."""
    if party.is_closed:
        return []
    found = [member.remove_at for member in party.members]
    found += (leader_grace_ends_at(party, bounds), expires_at(party, bounds), silence_ends_at(party, bounds))
    if party.starts_at is not None:
        found.append(party.starts_at)
        found.append(party.starts_at + bounds.allocation_ms)
    return [moment for moment in found if moment is not None]
