"""What members do for themselves: class, attributes, ready, messages."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import PostMessage, SetReady, UpdateMember
from lobby.domain.events import Event, MemberUpdated, MessagePosted
from lobby.domain.model import Attributes, Member, Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import access
from lobby.domain.rules.classes import chosen_class, class_refusal
from lobby.domain.rules.outcome import Answer
from lobby.domain.values import Instant


def update_member(party: Party, command: UpdateMember, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    character_class = chosen_class(command.character_class, bounds)
    if isinstance(character_class, Rejection):
        return character_class
    if command.character_class is None:
        character_class = member.character_class
    attributes = text.merged("attributes", member.attributes, command.attributes, text.MEMBER_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    changes_class = character_class != member.character_class
    refusal = class_refusal(party, character_class, member.player.id) if changes_class else None
    return refusal or _updated(member, character_class, None if changes_class else member.ready_for, attributes)


def set_ready(party: Party, command: SetReady, at: Instant, bounds: Bounds) -> Answer:
    """Ready counts for the settings that the player saw, and for no others."""
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    if command.settings_version != party.settings.version:
        return Rejection(
            RejectionCode.SETTINGS_CHANGED,
            "The settings have changed since; look at them again.",
            field="settings_version",
            current=party,
        )
    wished = party.settings.version if command.ready else None
    if party.is_ready(member) == command.ready:
        return []
    return _updated(member, member.character_class, wished, member.attributes)


def post_message(party: Party, command: PostMessage, at: Instant, bounds: Bounds) -> Answer:
    member = access.seat(party, command.actor.id)
    if isinstance(member, Rejection):
        return member
    kept = text.message("text", command.text)
    return kept if isinstance(kept, Rejection) else [MessagePosted(member.player, kept)]


def _updated(member: Member, character_class: str | None, ready_for: int | None, attributes: Attributes) -> list[Event]:
    before = (member.character_class, member.ready_for, member.attributes)
    if before == (character_class, ready_for, attributes):
        return []
    return [MemberUpdated(member.player.id, character_class, ready_for, attributes)]
