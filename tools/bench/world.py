"""The world that all servers of the benchmark hold: the same parties, players and names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Member:
    """`token`: the access token for lobby servers. Rivals trust the id."""

    id: str
    name: str
    character_class: str
    token: str


@dataclass(frozen=True, slots=True)
class Attribute:
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """`members[0]` leads the party. `epoch`: the first part of its cursors."""

    id: str
    epoch: str
    name: str
    game_type: str
    difficulty: str
    max_members: int
    join_code: str
    attributes: tuple[Attribute, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class World:
    """The parties that receive load. A lobby server may hold more."""

    parties: tuple[Party, ...]

    def write(self, path: Path) -> None:
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def read(cls, path: Path) -> World:
        """Read the file of `write`."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
