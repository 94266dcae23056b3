"""Inputs as the domain takes them: null and left out are None, and GraphQL's spelling becomes the domain's."""

from __future__ import annotations

from typing import TypeVar

from strawberry import UNSET

from lobby.domain import commands, listing, model
from lobby.operations.errors import BAD_USER_INPUT, CallerError
from schema.inputs import (
    AttributeInput,
    EndpointInput,
    PartyFilter,
    PartySettingsInput,
    SessionFilter,
)

Value = TypeVar("Value")

PAGE_MAX = 50
HISTORY_MAX = 500
NAME_CONTAINS_CHARS_MAX = 48
FILTER_ATTRIBUTES_MAX = 20


def given(value: Value | None) -> Value | None:
    return None if value is UNSET else value


def settings_patch(settings: PartySettingsInput | None) -> commands.SettingsPatch:
    if not settings:
        return commands.SettingsPatch()
    return commands.SettingsPatch(
        name=given(settings.name),
        game_type=given(settings.game_type),
        difficulty=given(settings.difficulty),
        max_members=given(settings.max_members),
        visibility=given(settings.visibility),
        password=given(settings.password),
        locked=given(settings.locked),
        allow_late_join=given(settings.allow_late_join),
        allow_force_start=given(settings.allow_force_start),
        unique_classes=given(settings.unique_classes),
        countdown_s=given(settings.countdown_seconds),
    )


def attribute_changes(attributes: list[AttributeInput] | None) -> commands.AttributeChanges:
    return tuple((attribute.key, given(attribute.value)) for attribute in attributes or ())


def endpoint_of(endpoint: EndpointInput | None) -> model.Endpoint | None:
    if not endpoint:
        return None
    return model.Endpoint(
        protocol=endpoint.protocol,
        address=given(endpoint.address),
        port=given(endpoint.port),
        relay_code=given(endpoint.relay_code),
    )


def party_filter(wanted: PartyFilter | None) -> listing.PartyFilter:
    if not wanted:
        return listing.PartyFilter()
    attributes = attribute_changes(given(wanted.attributes))
    name = given(wanted.name_contains)
    free_seats = given(wanted.min_free_seats)
    _check(len(attributes) <= FILTER_ATTRIBUTES_MAX, f"filter.attributes: at most {FILTER_ATTRIBUTES_MAX}.")
    _check(
        name is None or len(name) <= NAME_CONTAINS_CHARS_MAX,
        f"filter.nameContains: at most {NAME_CONTAINS_CHARS_MAX} characters.",
    )
    _check(free_seats is None or free_seats >= 0, "filter.minFreeSeats: at least 0.")
    return listing.PartyFilter(
        game_type=given(wanted.game_type),
        difficulty=given(wanted.difficulty),
        state=given(wanted.state),
        has_password=given(wanted.has_password),
        min_free_seats=free_seats,
        allow_late_join=given(wanted.allow_late_join),
        name_contains=name or None,
        attributes=attributes,
    )


def session_filter(wanted: SessionFilter | None) -> listing.SessionFilter:
    if not wanted:
        return listing.SessionFilter()
    return listing.SessionFilter(given(wanted.status), given(wanted.game_type), given(wanted.party_id))


def page_size(first: int, most: int = PAGE_MAX) -> int:
    _check(1 <= first <= most, f"first: must be 1 to {most}.")
    return first


def _check(is_good: bool, message: str) -> None:
    if not is_good:
        raise CallerError(BAD_USER_INPUT, message)
