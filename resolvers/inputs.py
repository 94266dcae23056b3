"""Converts GraphQL inputs to values of the domain. Null and a field that is left out both become None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from strawberry import UNSET
from strawberry.types import get_object_definition

from lobby.app.errors import BAD_USER_INPUT, CallerError
from lobby.domain import listing, model, search
from lobby.domain.party_settings import SETTINGS, SettingsPatch
from lobby.domain.regions import REGION_CHARS_MAX, Pings, RegionPing
from lobby.domain.text import CLIENT_VERSION_CHARS_MAX
from lobby.domain.values import PlayerId
from lobby.struct import Struct
from schema import inputs
from schema.lists import PartyFilter, SessionFilter
from schema.player import AttributeInput
from schema.session import EndpointInput
from schema.settings import PartySettingsInput

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)

Value = TypeVar("Value")
Target = TypeVar("Target", bound=Struct)

PAGE_SIZE_MAX = 50
HISTORY_SIZE_MAX = 500
NAME_CONTAINS_CHARS_MAX = 48
FILTER_ATTRIBUTES_MAX = 20


def unset_to_none(value: Value | None) -> Value | None:
    return None if value is UNSET else value


def to_player_id(given: str) -> PlayerId:
    """The id of a player. An id that is a UUID may be in upper case, as tools of other systems write it: otherwise a ban with it
    would be one of nobody."""
    return given.lower() if _UUID.fullmatch(given) else given


def attribute_changes(attributes: list[AttributeInput] | None) -> model.AttributeChanges:
    return tuple((attribute.key, unset_to_none(attribute.value)) for attribute in unset_to_none(attributes) or ())


def to_pings(pings: list[inputs.RegionPing] | None) -> Pings | None:
    given = unset_to_none(pings)
    return tuple(RegionPing(ping.region, ping.ms) for ping in given) if given is not None else None


class InputConverter(Generic[Target]):
    """Converts one kind of input: each field goes to the field of the same name of a domain value.

    The constructor raises TypeError if a field has no counterpart on either side, so a field that was added to one class
    alone is found at import.
    """

    def __init__(
        self,
        input_class: type[Any],
        target_class: type[Target],
        other_names: Mapping[str, str] | None = None,
        converters: Mapping[str, Callable[[Any], object]] | None = None,
    ) -> None:
        """`other_names`: the domain's name of a field, where it differs. `converters`: functions for values that change."""
        other_names, converters = other_names or {}, converters or {}
        names = [field.python_name for field in get_object_definition(input_class, strict=True).fields]
        self._target_class = target_class
        self._fields = [(name, other_names.get(name, name), converters.get(name, unset_to_none)) for name in names]
        _check_counterparts(input_class, target_class, {target for _, target, _ in self._fields})

    def __call__(self, given: object) -> Target:
        """The domain value. Without an input (null or left out) it has the defaults of its class."""
        if not given:
            return self._target_class()
        return self._target_class(**{target: convert(getattr(given, name)) for name, target, convert in self._fields})


def _check_counterparts(input_class: type[Any], target_class: type[Struct], targets: set[str]) -> None:
    expected = set(target_class.__struct_fields__)
    for name in sorted(targets ^ expected):
        has, lacks = (input_class, target_class) if name in targets else (target_class, input_class)
        raise TypeError(
            f"{_file_of(lacks)}: {lacks.__name__} has no field for {has.__name__}.{name} of {_file_of(has)}"
        )


def _file_of(class_: type[Any]) -> str:
    return f"{class_.__module__.replace('.', '/')}.py"


to_settings_patch = InputConverter(
    PartySettingsInput,
    SettingsPatch,
    other_names={
        setting.input_name: name for name, setting in SETTINGS.items() if name in SettingsPatch.__struct_fields__
    },
)
to_session_filter = InputConverter(SessionFilter, listing.SessionFilter)
_to_party_filter = InputConverter(PartyFilter, listing.PartyFilter, converters={"attributes": attribute_changes})
to_search_criteria = InputConverter(inputs.SearchCriteria, search.SearchCriteria)
_to_endpoint = InputConverter(EndpointInput, model.Endpoint)


def to_endpoint(endpoint: EndpointInput | None) -> model.Endpoint | None:
    return _to_endpoint(endpoint) if endpoint else None


def to_party_filter(filter: PartyFilter | None) -> listing.PartyFilter:
    """Raises `CallerError` for a filter beyond its limits."""
    wanted = _to_party_filter(filter)
    attributes, name, free_seats = wanted.attributes, wanted.name_contains, wanted.min_free_seats
    version = wanted.client_version
    _check(len(attributes) <= FILTER_ATTRIBUTES_MAX, f"filter.attributes: at most {FILTER_ATTRIBUTES_MAX}.")
    _check(
        name is None or len(name) <= NAME_CONTAINS_CHARS_MAX,
        f"filter.nameContains: at most {NAME_CONTAINS_CHARS_MAX} characters.",
    )
    _check(
        version is None or len(version) <= CLIENT_VERSION_CHARS_MAX,
        f"filter.clientVersion: at most {CLIENT_VERSION_CHARS_MAX} characters.",
    )
    _check(
        wanted.region is None or len(wanted.region) <= REGION_CHARS_MAX,
        f"filter.region: at most {REGION_CHARS_MAX} characters.",
    )
    _check(free_seats is None or free_seats >= 0, "filter.minFreeSeats: at least 0.")
    return wanted


def page_size(first: int, size_max: int = PAGE_SIZE_MAX) -> int:
    """`first`, if a page may have that many items. Raises `CallerError`."""
    _check(1 <= first <= size_max, f"first: must be 1 to {size_max}.")
    return first


def _check(is_valid: bool, message: str) -> None:
    if not is_valid:
        raise CallerError(BAD_USER_INPUT, message)
