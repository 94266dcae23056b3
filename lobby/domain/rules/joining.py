"""Making a party and getting into one."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import CreateParty, JoinParty
from lobby.domain.events import Event, MemberJoined, PartyCreated
from lobby.domain.model import Party, PartySettings
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules import access
from lobby.domain.rules.classes import chosen_class, class_refusal
from lobby.domain.rules.outcome import Answer, PasswordToVerify
from lobby.domain.rules.session_update import with_players
from lobby.domain.rules.settings import default_settings, patched
from lobby.domain.values import Instant, LeaveReason, PartyId, PartyState, Visibility
from lobby.value import changed


def create_party(command: CreateParty, party_id: PartyId, epoch: str, join_code: str, bounds: Bounds) -> Answer:
    defaults = default_settings(command.actor, command.patch, bounds)
    settings = patched(defaults, command.patch, command.password_hash, 0, bounds)
    if not isinstance(settings, PartySettings):
        return settings
    attributes = text.merged("attributes", (), command.attributes, text.PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    character_class = chosen_class(command.character_class, bounds)
    if isinstance(character_class, Rejection):
        return character_class
    first = changed(settings, version=defaults.version)
    return [PartyCreated(party_id, epoch, command.actor, first, attributes, character_class, join_code)]


def join_party(party: Party, command: JoinParty, at: Instant, bounds: Bounds) -> Answer:
    """The checks stand in the order that the rules give them."""
    player = command.actor
    if party.member(player.id) is not None:
        return []
    if party.settings.visibility is Visibility.PRIVATE and not command.by_code:
        return NOT_FOUND
    character_class = chosen_class(command.character_class, bounds)
    refusal = _unwelcome(party, command, at, bounds) or _password_refusal(party, command) or _no_room(party, at)
    if refusal is not None:
        return refusal
    if isinstance(character_class, Rejection):
        return character_class
    taken = class_refusal(party, character_class, player.id)
    if taken is not None:
        return taken
    if command.elsewhere:
        return already_in_party()
    return _joined(party, command, character_class)


def already_in_party(current: Party | None = None) -> Rejection:
    return Rejection(RejectionCode.ALREADY_IN_PARTY, "You are in another party; leave it first.", current=current)


def _unwelcome(party: Party, command: JoinParty, at: Instant, bounds: Bounds) -> Rejection | None:
    if party.is_closed:
        return access.closed(party)
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


def _password_refusal(party: Party, command: JoinParty) -> Rejection | PasswordToVerify | None:
    expected = party.settings.password_hash
    if expected is None:
        return None
    if command.password is None:
        return _wrong_password("The party needs a password.", None)
    if not text.is_unicode(command.password):
        return _wrong_password("The password is wrong.", None)  # no password is; hashing needs its UTF-8
    proof = command.proof
    if proof is None or proof.against != expected:
        return PasswordToVerify(command.password, expected)
    return None if proof.matches else _wrong_password("The password is wrong.", proof.attempts_left)


def _wrong_password(message: str, attempts_left: int | None) -> Rejection:
    return Rejection(RejectionCode.WRONG_PASSWORD, message, field="password", attempts_left=attempts_left)


def _no_room(party: Party, at: Instant) -> Rejection | None:
    if party.state is PartyState.STARTING:
        return access.starting(party, at)
    if party.state is PartyState.IN_PROGRESS and not party.settings.allow_late_join:
        return Rejection(
            RejectionCode.LATE_JOIN_DENIED,
            "A session runs, and this party takes nobody in meanwhile.",
            retryable=True,
        )
    if party.free_seats == 0:
        return Rejection(RejectionCode.PARTY_FULL, "The party is full.", retryable=True)
    return None


def _joined(party: Party, command: JoinParty, character_class: str | None) -> list[Event]:
    """Whoever joins while a session runs is in it at once."""
    session = party.session
    events: list[Event] = [MemberJoined(command.actor, character_class, late_join=session is not None)]
    if session is not None:
        events.append(with_players(session, (*session.players, command.actor)))
    return events
