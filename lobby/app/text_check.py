"""Asks the text filter about the names and texts of a command, before the command is decided.

Checked is what other players see and a player has written: names of players and parties, messages, class names, values of
attributes, outcomes and labels of checkpoints. Texts of game servers, keys of attributes and versions of the game are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lobby.domain import commands as c
from lobby.domain.model import AttributeChanges, Player
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


def _create_party(command: c.CreateParty) -> Texts:
    yield from _update_party(command)
    yield "character_class", command.character_class


def _update_party(command: c.CreateParty | c.UpdateParty) -> Texts:
    yield "settings.name", command.patch.name
    yield from _attributes(command.attributes)


def _update_member(command: c.UpdateMember) -> Texts:
    yield "character_class", command.character_class
    yield from _attributes(command.attributes)


def _attributes(changes: AttributeChanges) -> Texts:
    for index, (_, value) in enumerate(changes):
        yield f"attributes.{index}.value", value


def _field(name: str) -> Callable[[Any], Texts]:
    """The texts of a command with one text."""

    def texts(command: Any) -> Texts:
        yield name, getattr(command, name)

    return texts


_TEXTS: dict[type[Any], Callable[[Any], Texts]] = {
    c.CreateParty: _create_party,
    c.UpdateParty: _update_party,
    c.JoinParty: _field("character_class"),
    c.UpdateMember: _update_member,
    c.PostMessage: _field("text"),
    c.UpdateSession: lambda command: _attributes(command.attributes),
    c.CompleteSession: _field("outcome"),
    c.SaveCheckpoint: _field("label"),
}
"""The texts of each command that has some."""
