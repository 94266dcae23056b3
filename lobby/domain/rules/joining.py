"""Creating a party, and joining one.

A player who joins is checked in this order; the first check that fails gives the rejection:
1. a block keeps the player out (`lobby.domain.blocks`), or the party is not public and the player has not come with the join code
   or the external key (NOT_FOUND for both, so that nobody can find out about blocks); with an invite: it is not the player's
   (NOT_FOUND), or it has ended (INVITE_GONE);
2. closed (PARTY_CLOSED), INVITE_ONLY and the player has come by join code (NOT_INVITED), another version of the game than the
   party needs (VERSION_MISMATCH), banned (BANNED), kicked a short while ago (KICK_COOLDOWN), locked (PARTY_LOCKED);
3. the password (WRONG_PASSWORD);
4. counting down (PARTY_STARTING), no late join while a session runs (LATE_JOIN_DENIED), a search for other parties (SEARCHING),
   no free seat (PARTY_FULL, or WAITING_FULL for a player who would wait);
5. the text of the version (INVALID_INPUT), the character class (INVALID_INPUT, CLASS_TAKEN);
6. a seat in another party that is not left in the same step (ALREADY_IN_PARTY).

A player for whom a seat is held (`reservations.py`) passes PRIVATE, INVITE_ONLY, the password and a full party. An invite passes
the same but a full party: then it stays pending. A player who joins in another way accepts a pending invite by that. A player on
the waiting list (`waiting.py`) passes PRIVATE, INVITE_ONLY and the password. A player who waits needs no free class yet.
The password comes before the seats, so that a stranger without it does not learn how full the party is.
"""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.attributes_and_endpoints import PARTY_ATTRIBUTES_MAX, merge_attributes
from lobby.domain.bounds import Bounds
from lobby.domain.commands import CreateParty, JoinParty
from lobby.domain.events import Event, MemberJoined, PartyCreated
from lobby.domain.model import Party, Player, Reservation
from lobby.domain.party_settings import PartySettings
from lobby.domain.passwords import check_password
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_closed, reject_starting, reject_version
from lobby.domain.rules.invites import accept_invite_of, find_own_invite, reject_gone
from lobby.domain.rules.members import check_class_free, normalize_class
from lobby.domain.rules.reservations import team_of_joiner
from lobby.domain.rules.search import reject_searching
from lobby.domain.rules.sessions_and_game_servers import change_players
from lobby.domain.rules.settings import apply_patch, default_settings
from lobby.domain.rules.teams import team_of_newcomer
from lobby.domain.rules.waiting import check_waiting_list, is_seat_free, wait_for_seat
from lobby.domain.values import Instant, LeaveReason, PartyId, PartyState, Visibility
from lobby.struct import replace


def create_party(command: CreateParty, party_id: PartyId, epoch: str, join_code: str, bounds: Bounds) -> RuleResult:
    client_version = text.normalize_client_version("client_version", command.client_version)
    if isinstance(client_version, Rejection):
        return client_version
    defaults = default_settings(command.actor, command.patch, bounds, client_version)
    settings = apply_patch(defaults, command.patch, command.password_hash, 0, bounds)
    if not isinstance(settings, PartySettings):
        return settings
    attributes = merge_attributes("attributes", (), command.attributes, PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    character_class = normalize_class(command.character_class, bounds)
    if isinstance(character_class, Rejection):
        return character_class
    rejection = text.check_external_key("external_key", command.external_key)
    if rejection is not None:
        return rejection
    first_settings = replace(settings, version=defaults.version)
    team = team_of_newcomer((), settings) if command.actor is not None else None
    return [
        PartyCreated(
            party_id,
            epoch,
            command.actor,
            first_settings,
            attributes,
            character_class,
            join_code,
            client_version,
            team,
            external_key=command.external_key,
        )
    ]


def join_party(party: Party, command: JoinParty, at: Instant, bounds: Bounds) -> RuleResult:
    """Give the player a seat. A member who joins again gets success, and nothing changes."""
    if party.member(command.actor.id) is not None:
        return []
    held = party.reservation(command.actor.id)
    is_waiting = party.waiting_player(command.actor.id) is not None
    is_expected = held is not None or is_waiting or command.invite_id is not None
    hidden = NOT_FOUND if command.is_blocked else _check_visible(party, command, is_expected)
    if hidden is not None:
        return hidden
    password_hash = party.settings.password_hash if not is_expected else None
    rejection = (
        _check_welcome(party, command, is_expected, at, bounds)
        or check_password(password_hash, command.password, command.proof)
        or _check_state(party, at)
    )
    if rejection is not None:
        return rejection
    has_seat = held is not None or is_seat_free(party, command.actor.id, command.connected)
    rejection = None if has_seat else _check_waiting(party, command, bounds)
    if rejection is not None:
        return rejection
    client_version = text.normalize_client_version("client_version", command.client_version)
    if isinstance(client_version, Rejection):
        return client_version
    character_class = normalize_class(command.character_class, bounds)
    if isinstance(character_class, Rejection):
        return character_class
    rejection = check_class_free(party, character_class, command.actor.id) if has_seat else None
    if rejection is not None:
        return rejection
    if command.is_in_other_party:
        return reject_other_party()
    if not has_seat:
        return wait_for_seat(party, command, character_class, client_version, at, bounds)
    if held is not None and command.character_class is None:
        is_free = check_class_free(party, held.character_class, command.actor.id) is None
        character_class = held.character_class if is_free else None
    return _add_member(party, command.actor, held, character_class, client_version)


def reject_other_party(current: Party | None = None) -> Rejection:
    return Rejection(RejectionCode.ALREADY_IN_PARTY, "You are in another party; leave it first.", current=current)


def _check_visible(party: Party, command: JoinParty, is_expected: bool) -> Rejection | None:
    """The player must know of the party: by an invite, a held seat, join code or external key, or because it is public."""
    if command.invite_id is not None:
        invite = find_own_invite(party, command.invite_id, command.actor.id)
        if isinstance(invite, Rejection):
            return invite
        return None if invite.is_pending else reject_gone(party, invite)
    knows = command.by_code or command.by_external_key or is_expected
    return None if knows or party.settings.visibility is Visibility.PUBLIC else NOT_FOUND


def _check_welcome(
    party: Party, command: JoinParty, is_expected: bool, at: Instant, bounds: Bounds
) -> Rejection | None:
    if party.is_closed:
        return reject_closed(party)
    is_welcome = is_expected or command.by_external_key
    if party.settings.visibility is Visibility.INVITE_ONLY and not is_welcome:
        return Rejection(RejectionCode.NOT_INVITED, "The party takes only players whom it has invited.")
    required = party.settings.client_version
    if required is not None and command.client_version != required:
        return reject_version(required, field="client_version")
    departure = party.departure(command.actor.id)
    if departure is not None and departure.reason is LeaveReason.BANNED:
        return Rejection(RejectionCode.BANNED, "You are banned from this party.")
    if departure is not None and departure.reason is LeaveReason.KICKED:
        wait_ms = departure.at + bounds.kick_cooldown_ms - at
        if wait_ms > 0:
            return Rejection(
                RejectionCode.KICK_COOLDOWN,
                "You were kicked a short while ago.",
                retryable=True,
                retry_after_ms=wait_ms,
            )
    if party.settings.locked:
        return Rejection(RejectionCode.PARTY_LOCKED, "The party is locked.", retryable=True)
    return None


def _check_state(party: Party, at: Instant) -> Rejection | None:
    if party.state is PartyState.STARTING:
        return reject_starting(party, at)
    if party.state is PartyState.IN_PROGRESS and not party.settings.allow_late_join:
        return Rejection(
            RejectionCode.LATE_JOIN_DENIED,
            "A session runs, and this party takes nobody in meanwhile.",
            retryable=True,
        )
    if party.live_search is not None:
        return reject_searching()
    return None


def _check_waiting(party: Party, command: JoinParty, bounds: Bounds) -> Rejection | None:
    """None if the player, for whom there is no seat, may wait for one."""
    if command.wait:
        return check_waiting_list(party, command.actor.id, bounds)
    return Rejection(RejectionCode.PARTY_FULL, "The party is full.", retryable=True)


def _add_member(
    party: Party, player: Player, held: Reservation | None, character_class: str | None, client_version: str | None
) -> list[Event]:
    """A player who joins while a session runs enters the session in the same step."""
    session = party.session
    team = team_of_joiner(party, held)
    joined = MemberJoined(player, character_class, session is not None, client_version, team)
    events: list[Event] = [*accept_invite_of(party, player.id), joined]
    if session is not None:
        events.append(change_players(session, (*session.players, player)))
    return events


RULES: RuleTable = {JoinParty: join_party}
