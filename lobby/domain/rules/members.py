"""Commands of members about themselves (class, attributes, ready, chat messages), and the mute of a member by the leader.

Kicks and bans are in `leaving_and_kicks`, the time for which a kicked player cannot return in `joining`.
"""

from __future__ import annotations

from typing import Any

from lobby.domain import text
from lobby.domain.attributes_and_endpoints import MEMBER_ATTRIBUTES_MAX, merge_attributes
from lobby.domain.bounds import Bounds
from lobby.domain.commands import MuteMember, PostMessage, SetReady, UpdateMember
from lobby.domain.events import Event, MemberUpdated, MessagePosted
from lobby.domain.model import Member, Party
from lobby.domain.regions import check_pings
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import require_member, require_other_member
from lobby.domain.values import Instant, PlayerId
from lobby.struct import replace


def update_member(party: Party, command: UpdateMember, at: Instant, bounds: Bounds) -> RuleResult:
    """Set class, attributes, version of the game and pings. A new class takes the member's ready back."""
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    character_class = normalize_class(command.character_class, bounds)
    if isinstance(character_class, Rejection):
        return character_class
    if command.character_class is None:
        character_class = member.character_class
    attributes = merge_attributes("attributes", member.attributes, command.attributes, MEMBER_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    client_version = text.normalize_client_version("client_version", command.client_version)
    if isinstance(client_version, Rejection):
        return client_version
    if command.client_version is None:
        client_version = member.client_version
    pings = command.pings if command.pings is not None else member.pings
    rejection = check_pings("pings", pings)
    if rejection is not None:
        return rejection
    changes = {"attributes": attributes, "client_version": client_version, "pings": pings}
    if character_class == member.character_class:
        return change_member(member, **changes)
    rejection = check_class_free(party, character_class, member.player.id)
    return rejection or change_member(member, character_class=character_class, ready_for=None, **changes)


def set_ready(party: Party, command: SetReady, at: Instant, bounds: Bounds) -> RuleResult:
    """Ready holds for the settings that the player saw, and for no others."""
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    if command.settings_version != party.settings.version:
        return Rejection(
            RejectionCode.SETTINGS_CHANGED,
            "The settings have changed since; look at them again.",
            field="settings_version",
            current=party,
        )
    if party.is_ready(member) == command.ready:
        return []
    return change_member(member, ready_for=party.settings.version if command.ready else None)


def mute_member(party: Party, command: MuteMember, at: Instant, bounds: Bounds) -> RuleResult:
    """A mute lasts until the leader lifts it or the member becomes the leader. Leaving and coming back does not end it."""
    member = require_other_member(party, command.actor, command.player_id)
    return member if isinstance(member, Rejection) else change_member(member, muted=command.muted)


def post_message(party: Party, command: PostMessage, at: Instant, bounds: Bounds) -> RuleResult:
    member = require_member(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    if member.muted:
        return Rejection(RejectionCode.MUTED, "The leader has muted you.", retryable=True)
    message = text.normalize_message("text", command.text)
    return message if isinstance(message, Rejection) else [MessagePosted(member.player, message)]


def normalize_class(name: str | None, bounds: Bounds) -> str | Rejection | None:
    """The character class in the form in which it is stored; None for None (not given) and for "" (cleared)."""
    if not name:
        return None
    line = text.normalize_line("character_class", name, text.CLASS_CHARS_MAX)
    if isinstance(line, str) and bounds.character_classes and line not in bounds.character_classes:
        return invalid("character_class", f"Must be one of {', '.join(bounds.character_classes)}.")
    return line


def check_class_free(party: Party, name: str | None, player_id: PlayerId) -> Rejection | None:
    """None if the player may have this class. CLASS_TAKEN if classes are unique and another member has it, or it is held with a
    seat."""
    if name is None or not party.settings.unique_classes:
        return None
    is_taken = any(m.character_class == name and m.player.id != player_id for m in party.members)
    if is_taken or any(h.character_class == name and h.player.id != player_id for h in party.reservations):
        return Rejection(
            RejectionCode.CLASS_TAKEN,
            "Another member has this class.",
            field="character_class",
            retryable=True,
            current=party,
        )
    return None


def change_member(member: Member, **changes: Any) -> list[Event]:
    """The event for `changes`, which are fields of `Member`; none if they change nothing."""
    new = replace(member, **changes)
    if new == member:
        return []
    return [
        MemberUpdated(
            new.player.id,
            new.character_class,
            new.ready_for,
            new.attributes,
            new.client_version,
            new.team,
            new.muted,
            new.pings,
        )
    ]


RULES: RuleTable = {
    UpdateMember: update_member,
    SetReady: set_ready,
    MuteMember: mute_member,
    PostMessage: post_message,
}
