"""Asks the text filter about the names and texts of a command, before the command is decided.

Checked is what other players see and a player has written: names of players and parties, messages, class names, values of
attributes, outcomes and labels of checkpoints. Texts of game servers, keys of attributes and versions of the game are not.
The fields are found by their types, so that a new text is checked without a change here; see `UNCHECKED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import get_annotations
from typing import Any, get_args

from lobby.domain import commands as c
from lobby.domain.model import AttributeChanges, Player
from lobby.domain.party_settings import SETTINGS, SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import PlayerId
from lobby.ports import TextFilter

Texts = Iterator[tuple[str, str | None]]
"""Pairs of an input, as a dotted path in snake_case, and its text."""


class TextCheck:
    """The checks of one server."""

    def __init__(self, filter: TextFilter) -> None:
        self._filter = filter

    async def check(self, command: c.Command) -> Rejection | None:
        """NOT_ALLOWED, with the field, if a text of the command may not be shown."""
        actor: Player | None = command.actor
        texts_of = _TEXTS.get(type(command))
        if texts_of is None or actor is None:
            return None
        return await self._check([(field, text) for field, text in texts_of(command) if text], actor.id)

    async def check_name(self, field: str, display_name: str) -> Rejection | None:
        """The same for the name of a player who is about to sign in."""
        return await self._check([(field, display_name)], None)

    async def _check(self, texts: list[tuple[str, str]], author_id: PlayerId | None) -> Rejection | None:
        if not texts:
            return None
        refused = await self._filter.first_refused([text for _, text in texts], author_id)
        if refused is None:
            return None
        return Rejection(RejectionCode.NOT_ALLOWED, "This text is not allowed here.", field=texts[refused][0])


def _texts_of_kind(kind: type[c.Command]) -> Callable[[Any], Texts] | None:
    """The function that reads the texts of a kind of command; None if the kind has none."""
    types = {name: type_ for class_ in reversed(kind.__mro__) for name, type_ in get_annotations(class_).items()}
    readers = [reader for name, type_ in types.items() if (reader := _reader(name, type_)) is not None]
    if not readers:
        return None
    return lambda command: (text for reader in readers for text in reader(command))


def _reader(name: str, type_: str) -> Callable[[Any], Texts] | None:
    """The function that reads the texts in the field `name`. Annotations are texts, so that an id, which is a `str` too, has
    another type."""
    if type_ in _TEXT and name not in UNCHECKED:
        return lambda command: iter([(name, getattr(command, name))])
    if type_ == "AttributeChanges":
        return lambda command: _attributes(command.attributes)
    if type_ == "SettingsPatch":
        return lambda command: _settings(command.patch)
    return None


def _attributes(changes: AttributeChanges) -> Texts:
    for index, (_, value) in enumerate(changes):
        yield f"attributes.{index}.value", value


def _settings(patch: SettingsPatch) -> Texts:
    for name in _TEXT_SETTINGS:
        yield f"settings.{SETTINGS[name].input_name}", getattr(patch, name)


_TEXT = ("str", "str | None")
UNCHECKED = frozenset(
    {
        "password",
        "password_hash",
        "client_version",
        "external_key",
        "join_code",
        "data",
        "ticket_id",
        "allocation",
        "match_id",
        "difficulty",
    }
)
"""Texts of commands and of settings that players do not see, or do not choose. All other texts are checked."""
_TEXT_SETTINGS = [
    name for name, type_ in get_annotations(SettingsPatch).items() if type_ in _TEXT and name not in UNCHECKED
]
_TEXTS = {kind: texts for kind in get_args(c.Command) if (texts := _texts_of_kind(kind)) is not None}
"""The function that reads the texts, by kind of command."""
