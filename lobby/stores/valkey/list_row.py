"""What the public list knows of a party: as much as can be filtered and sorted by, and nothing else."""

from __future__ import annotations

import msgspec

from lobby.domain.listing import is_listed
from lobby.domain.model import Attribute, Member, Party, PartySettings, Player
from lobby.domain.values import GameType, PartyId, PartyState, Visibility

_SOMEBODY = Member(Player("", ""), 0)


class _Row(msgspec.Struct, array_like=True, frozen=True):
    name: str
    game_type: GameType
    difficulty: str
    state: PartyState
    has_password: bool
    allow_late_join: bool
    members: int
    max_members: int
    attributes: tuple[tuple[str, str], ...]


_read = msgspec.json.Decoder(_Row).decode


def row_of(party: Party) -> str:
    """Empty: it is not listed."""
    if not is_listed(party):
        return ""
    settings = party.settings
    row = _Row(
        settings.name,
        settings.game_type,
        settings.difficulty,
        party.state,
        settings.password_hash is not None,
        settings.allow_late_join,
        len(party.members),
        settings.max_members,
        tuple((attribute.key, attribute.value) for attribute in party.attributes),
    )
    return msgspec.json.encode(row).decode()


def outline_of(party_id: PartyId, row: bytes) -> Party:
    """A party of which only what the list asks for is true: the index is made for parties."""
    read = _read(row)
    settings = PartySettings(
        name=read.name,
        game_type=read.game_type,
        difficulty=read.difficulty,
        max_members=read.max_members,
        visibility=Visibility.PUBLIC,
        password_hash="" if read.has_password else None,
        locked=False,
        allow_late_join=read.allow_late_join,
        allow_force_start=False,
        unique_classes=False,
        countdown_s=0,
    )
    return Party(
        id=party_id,
        epoch="",
        version=0,
        state=read.state,
        settings=settings,
        join_code="",
        created_at=0,
        changed_at=0,
        members=(_SOMEBODY,) * read.members,
        attributes=tuple(Attribute(key, value) for key, value in read.attributes),
    )
