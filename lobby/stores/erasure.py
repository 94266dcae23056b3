"""Removes a player from stored values: a stand-in takes the place of the id, and names and texts of the player go.

It works on the JSON of any stored value, so that a new field or event is covered without a change here. It knows:

- an object with `id` or `player_id` may have the name beside it, as `display_name`;
- the texts of a player are those of an event whose `author` it is, and the attributes and the class of its seat;
- a party may have the name of its creator in its own name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.party_settings import default_party_name
from lobby.domain.values import PlayerId
from lobby.stores.codec import event_kind, read_event, to_json

Value = TypeVar("Value")

NAME = "Erased player"
TEXT = "[erased]"
"""In place of a message and of a text that a player has written for a party."""
_ID_FIELDS = ("id", "player_id", "actor_id")
_TEXT_FIELDS = frozenset({"text", "outcome", "label"})


def erase_json(text: str, player_id: PlayerId, stand_in: str, names: tuple[str, ...] = ()) -> str:
    """`text` without the player. `names`: names of the player, which also go from names of parties."""
    return msgspec.json.encode(_Eraser(player_id, stand_in, names).erase(msgspec.json.decode(text))).decode()


def erase_value(
    value: Value, kind: type[Value], player_id: PlayerId, stand_in: str, names: tuple[str, ...] = ()
) -> Value:
    """The same for a value of the core."""
    return msgspec.json.decode(erase_json(msgspec.json.encode(value).decode(), player_id, stand_in, names), type=kind)


def erase_entry(entry: Entry, player_id: PlayerId, stand_in: str, names: tuple[str, ...]) -> Entry:
    """The same for an entry of a log."""
    event = read_event(event_kind(entry.event), erase_json(to_json(entry.event), player_id, stand_in, names))
    party = erase_value(entry.party, Party, player_id, stand_in, names)
    return Entry(entry.seq, entry.at, stand_in if entry.actor_id == player_id else entry.actor_id, event, party)


def party_names(names: Iterable[str]) -> set[str]:
    """The names that parties of a player have unless the player chooses another one."""
    return {default_party_name(name) for name in names}


def json_text(text: str) -> str:
    """A text as it stands in JSON, without the quotes."""
    return msgspec.json.encode(text).decode()[1:-1]


def find_names(text: str, player_id: PlayerId) -> set[str]:
    """The names that stand beside the player's id in a stored value."""
    found: set[str] = set()
    _collect_names(msgspec.json.decode(text), player_id, found)
    return found


def erase_json_with_names(text: str, player_id: PlayerId, stand_in: str) -> str:
    """As `erase_json`, with the names that stand beside the id in this text."""
    return erase_json(text, player_id, stand_in, tuple(find_names(text, player_id)))


def _collect_names(value: Any, player_id: PlayerId, found: set[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect_names(item, player_id, found)
    elif isinstance(value, dict):
        if player_id in (value.get("id"), value.get("player_id")) and value.get("display_name"):
            found.add(value["display_name"])
        for item in value.values():
            _collect_names(item, player_id, found)


class _Eraser:
    def __init__(self, player_id: PlayerId, stand_in: str, names: tuple[str, ...]) -> None:
        self._player_id = player_id
        self._stand_in = stand_in
        self._party_names = party_names(names)

    def erase(self, value: Any) -> Any:
        if value == self._player_id:
            return self._stand_in
        if isinstance(value, list):
            return [self.erase(item) for item in value]
        return self._erase_object(value) if isinstance(value, dict) else value

    def _erase_object(self, value: dict[str, Any]) -> dict[str, Any]:
        erased = {name: self.erase(item) for name, item in value.items()}
        if any(value.get(field) == self._player_id for field in _ID_FIELDS) and "display_name" in value:
            erased["display_name"] = NAME
        if self._is_of_player(value):
            for name in value.keys() & _TEXT_FIELDS:
                erased[name] = TEXT if value[name] is not None else None
            if "attributes" in value:
                erased["attributes"] = []
        if value.get("name") in self._party_names:
            erased["name"] = "Party"
        return erased

    def _is_of_player(self, value: dict[str, Any]) -> bool:
        """A message of the player, or the player's seat."""
        of = value.get("author") or value.get("player")
        return (of.get("id") if isinstance(of, dict) else value.get("player_id")) == self._player_id
