"""Reservations: seats that are held for players who are not members yet. For all other players they count as taken.

- The player takes the seat by joining in any way. Like an invitation, the reservation lets the player into a PRIVATE party
  without the password. It does not change the checks of lock, bans, state and version; see `joining.py`. A player who names no
  class gets the held class, if it is free.
- A reservation ends at its time, when its player joins, when the leader kicks its player, and when the party closes.
- When the leader lowers `maxMembers` below the members and the reservations, the last reservations of the list end.
- A reservation of a player who waited for the seat: `waiting.py` has more rules about its end.
"""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.events import Event, ReservationsChanged
from lobby.domain.model import Party, Reservation, WaitingPlayer
from lobby.domain.party_settings import PartySettings
from lobby.domain.rules.teams import Placed, spread_teams, team_of_newcomer
from lobby.domain.rules.waiting import is_open_for_newcomers, list_with
from lobby.domain.values import Instant, PlayerId
from lobby.struct import replace


def cancel_reservation(party: Party, player_id: PlayerId) -> list[Event]:
    """End the reservation of this player; no event if the player has no reservation."""
    return _change(party, tuple(held for held in party.reservations if held.player.id != player_id))


def end_due_reservations(party: Party, at: Instant, up_since: Instant, bounds: Bounds) -> list[Event]:
    """End the reservations whose time is over.

    Players could not join while the server was down. So after its start no reservation ends before the grace of a waiting party.
    """
    if up_since + bounds.grace_waiting_ms > at:
        return []
    kept = tuple(held for held in party.reservations if held.until > at)
    back = [] if is_open_for_newcomers(party) else [held for held in party.reservations if held.until <= at]
    return _change(party, kept, list_with(party, back))


def fit_reservations(party: Party, settings: PartySettings) -> list[Event]:
    """Adapt the reservations to new `settings`: those without a seat end, and those of a team that is gone or full get another
    team."""
    count = max(0, settings.max_members - len(party.members))
    kept, ended = party.reservations[:count], party.reservations[count:]
    teams = spread_teams((*party.members, *kept), settings)
    fitted = tuple(replace(held, team=teams[held.player.id]) for held in kept)
    return _change(party, fitted, list_with(party, ended))


def team_of_joiner(party: Party, held: Reservation | None) -> int | None:
    """The team of a player who joins: the held team if it has room, else the team with the fewest players."""
    if held is None or held.team is None:
        seated: list[Placed] = [*party.members, *(other for other in party.reservations if other is not held)]
        return team_of_newcomer(seated, party.settings)
    return spread_teams((*party.members, held), party.settings)[held.player.id]


def _change(
    party: Party, reservations: tuple[Reservation, ...], waiting: tuple[WaitingPlayer, ...] | None = None
) -> list[Event]:
    """`waiting`: as in `ReservationsChanged`."""
    return [ReservationsChanged(reservations, waiting)] if reservations != party.reservations else []
