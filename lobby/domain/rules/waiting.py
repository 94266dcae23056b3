"""Waiting for a seat: the waiting list of a full party, and the seats that are held for players on it.

- A player who joins a full party with `wait` comes to the end of its waiting list. All other checks of `joining.py` hold. From
  then on the player has this one place: joining or creating a party, or waiting for another one, ends it in the same commit.
- When a seat is free and the party can be joined, it is held for the first player on the list who is connected (`OfferSeats`), as
  a reservation with the reason WAITLIST. The player is off the list then, and takes the seat by joining.
- A free seat belongs to those on the list who are connected: until it is held, others get PARTY_FULL.
- A held seat that is not taken in time goes to the next player. If the party could not be joined at the end of that time, or if
  the leader lowers `maxMembers` so that the seat is gone, the player is the first on the list again.
- A player on the list who does not run the version that the party needs now is passed over.
- A player who was not connected at two checks in a row (`Bounds.waiting_check_ms`) waits no longer: otherwise players who are
  gone would fill the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from lobby.domain.bounds import Bounds
from lobby.domain.commands import CheckWaiting, JoinParty, OfferSeats, StopWaiting
from lobby.domain.events import Event, ReservationsChanged, WaitingChanged
from lobby.domain.model import Party, Reservation, WaitingPlayer
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_member
from lobby.domain.rules.members import check_class_free
from lobby.domain.rules.teams import Placed, team_of_newcomer
from lobby.domain.values import Instant, PartyState, PlayerId, ReservationReason
from lobby.struct import replace


def is_open_for_newcomers(party: Party) -> bool:
    """True if a player could join, apart from the seats: the party is not locked, does not search for other parties, and its
    state lets players in."""
    if party.settings.locked or party.live_search is not None:
        return False
    return party.state is PartyState.WAITING or (
        party.state is PartyState.IN_PROGRESS and party.settings.allow_late_join
    )


def has_seat_to_offer(party: Party) -> bool:
    """True if a seat is free that a player on the waiting list could have."""
    return party.free_seats > 0 and is_open_for_newcomers(party) and any(_runs_version(party, w) for w in party.waiting)


def offer_due_at(party: Party) -> Instant | None:
    """Since when a free seat has to be offered to the waiting list; None without such a seat. It stays due until it is taken,
    because players on the list may connect later."""
    return party.changed_at if has_seat_to_offer(party) else None


def is_seat_free(party: Party, player_id: PlayerId, connected: Collection[PlayerId]) -> bool:
    """True if there is a seat for a player without a reservation. `connected`: the players on the waiting list who are
    connected; those before this player come first."""
    ahead = 0
    for waiting in party.waiting:
        if waiting.player.id == player_id:
            break
        ahead += waiting.player.id in connected and _runs_version(party, waiting)
    return party.free_seats > ahead


def wait_for_seat(
    party: Party,
    command: JoinParty,
    character_class: str | None,
    client_version: str | None,
    at: Instant,
    bounds: Bounds,
) -> list[Event]:
    """Put the player on the waiting list. One who is on it keeps the place, with class and version of this request."""
    old = party.waiting_player(command.actor.id)
    if old is None:
        new = WaitingPlayer(command.actor, at, character_class, client_version, at + bounds.waiting_check_ms)
        return [WaitingChanged((*party.waiting, new))]
    if old.character_class == character_class and old.client_version == client_version:
        return []
    new = replace(old, character_class=character_class, client_version=client_version)
    return [WaitingChanged(tuple(new if waiting is old else waiting for waiting in party.waiting))]


def check_waiting_list(party: Party, player_id: PlayerId, bounds: Bounds) -> Rejection | None:
    """None if the player may wait. A held seat counts too: its player may come back to the list."""
    if party.waiting_player(player_id) is not None:
        return None
    if len(party.waiting) + sum(held.waiting is not None for held in party.reservations) < bounds.waiting_max:
        return None
    return Rejection(
        RejectionCode.WAITING_FULL,
        f"{bounds.waiting_max} players wait for a seat already.",
        field="wait",
        retryable=True,
    )


def stop_waiting(party: Party, command: StopWaiting, at: Instant, bounds: Bounds) -> RuleResult:
    """A seat that is held for the player is given up, too."""
    if party.claims(command.actor.id):
        return leave_waiting_list(party, command.actor.id)
    rejection = require_member(party, command.actor.id)
    if isinstance(rejection, Rejection) and rejection.code is RejectionCode.NOT_MEMBER:
        return replace(rejection, message="You do not wait for a seat in this party.")
    return rejection if isinstance(rejection, Rejection) else []


def leave_waiting_list(party: Party, player_id: PlayerId) -> list[Event]:
    """Remove the player from the waiting list, with a seat that is held from it. No event for a player who does not wait."""
    held = party.reservation(player_id)
    if held is not None and held.waiting is not None:
        return [ReservationsChanged(tuple(other for other in party.reservations if other is not held))]
    kept = tuple(waiting for waiting in party.waiting if waiting.player.id != player_id)
    return [WaitingChanged(kept)] if len(kept) < len(party.waiting) else []


def waiting_check_due_at(party: Party) -> Instant | None:
    """When the next player on the list is to be checked."""
    return min((waiting.check_at for waiting in party.waiting), default=None)


def check_waiting(party: Party, command: CheckWaiting, at: Instant, bounds: Bounds) -> RuleResult:
    """Players who were not connected at the check before either, and are not now, are off the list."""
    due_at = waiting_check_due_at(party)
    if due_at is None or max(due_at, command.up_since + bounds.grace_waiting_ms) > at:
        return []
    kept: list[WaitingPlayer] = []
    for waiting in party.waiting:
        is_absent = waiting.player.id not in command.connected
        if waiting.check_at > at:
            kept.append(waiting)
        elif not (is_absent and waiting.was_absent):
            kept.append(replace(waiting, check_at=at + bounds.waiting_check_ms, was_absent=is_absent))
    return [WaitingChanged(tuple(kept))]


def offer_seats(party: Party, command: OfferSeats, at: Instant, bounds: Bounds) -> RuleResult:
    """Hold the free seats for the first players on the list who are connected."""
    if not has_seat_to_offer(party):
        return []
    ready = [w for w in party.waiting if w.player.id in command.connected and _runs_version(party, w)]
    until = at + bounds.seat_hold_ms
    reservations = list(party.reservations)
    for waiting in ready[: party.free_seats]:
        reservations.append(_hold(replace(party, reservations=tuple(reservations)), waiting, until))
    return [ReservationsChanged(tuple(reservations))] if len(reservations) > len(party.reservations) else []


def list_with(party: Party, ended: Iterable[Reservation]) -> tuple[WaitingPlayer, ...] | None:
    """The waiting list with the players of `ended` at its head, if they came from it. None: nobody of them did."""
    returned = tuple(held.waiting for held in ended if held.waiting is not None)
    return (*returned, *party.waiting) if returned else None


def _hold(party: Party, waiting: WaitingPlayer, until: Instant) -> Reservation:
    """A seat with the class of the player, if it is free, and with the team that a newcomer would get."""
    name = waiting.character_class
    is_free = check_class_free(party, name, waiting.player.id) is None
    seated: list[Placed] = [*party.members, *party.reservations]
    return Reservation(
        waiting.player,
        until,
        ReservationReason.WAITLIST,
        name if is_free else None,
        team_of_newcomer(seated, party.settings),
        waiting,
    )


def _runs_version(party: Party, waiting: WaitingPlayer) -> bool:
    return party.settings.client_version in (None, waiting.client_version)


RULES: RuleTable = {StopWaiting: stop_waiting, CheckWaiting: check_waiting, OfferSeats: offer_seats}
