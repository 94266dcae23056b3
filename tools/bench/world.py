"""What every server of the benchmark is filled with: the same parties, the same players, the same names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Member:
    """`token` is the lobby's access token; the rivals take the id at its word."""

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
    """`members[0]` leads; `epoch` is what its cursors begin with."""

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
    """Those parties that the load goes to; the lobby may hold more."""

    parties: tuple[Party, ...]

    def write(self, path: Path) -> None:
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def read(cls, path: Path) -> World:
        """What `write` has written."""
        return msgspec.json.decode(path.read_bytes(), type=cls)
