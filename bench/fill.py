"""Fills an SQLite file through the lobby's own rules and store, which is much faster than through its door."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.world import Attribute, Member, Party, World
from lobby.auth.credentials import Credentials, Granted
from lobby.auth.secret import Secret
from lobby.clock import SystemClock
from lobby.domain.bounds import HOUR_MS, Bounds
from lobby.domain.commands import CreateParty, JoinParty, SettingsPatch
from lobby.domain.events import Entry
from lobby.domain.model import Player
from lobby.domain.rules.decide import decide, found
from lobby.domain.values import GameType
from lobby.mint import new_epoch, new_id, new_join_code
from lobby.ports import Change, Commit, Conflict, Retention, Store
from lobby.stores.open import open_store

CLASSES = ("Knight", "Mage", "Rogue", "Cleric")
TOKEN_MS = 24 * HOUR_MS
AT_ONCE_MAX = 256
"""Parties on their way to the disk at a time: one group commit's worth."""
RARE_EVERY_MIN = 4
RARE_MAX = 25
"""Parties that have the attribute of the narrow filter: as many in a large world as in a small one."""
RARE = ("region", "north")
_GAME_TYPES = (GameType.COOP, GameType.PVP)
_DIFFICULTIES = Bounds().difficulties


@dataclass(frozen=True, slots=True)
class Size:
    """How much to fill in. `known` of the parties, spread evenly, are told back; their first `signed_in` members get
    tokens."""

    parties: int
    members: int
    known: int
    signed_in: int


def fill(database: Path, secret: str, size: Size) -> World:
    """Make `database` and all that is in it; `secret` is what the server is to run with."""
    return asyncio.run(_Filling(secret, size).run(database))


class _Filling:
    def __init__(self, secret: str, size: Size) -> None:
        self._secret = Secret.of(secret)
        self._size = size
        self._clock = SystemClock()
        self._bounds = Bounds()

    async def run(self, database: Path) -> World:
        store = await open_store(f"sqlite:///{database}", self._bounds, Retention(), self._clock)
        credentials = Credentials(self._secret, store, self._clock, access_ms=TOKEN_MS)
        try:
            made = [await self._batch(store, credentials, batch) for batch in _batches(self._size.parties)]
        finally:
            await store.close()
        return World(tuple(party for batch in made for party in batch if party is not None))

    async def _batch(self, store: Store, credentials: Credentials, numbers: range) -> list[Party | None]:
        return await asyncio.gather(*(self._party(store, credentials, number) for number in numbers))

    async def _party(self, store: Store, credentials: Credentials, number: int) -> Party | None:
        """Told back if it is a known one."""
        is_known = number % max(1, self._size.parties // self._size.known) == 0
        players = [
            await self._player(credentials, f"Player {number}.{seat}", is_known and seat < self._size.signed_in)
            for seat in range(self._size.members)
        ]
        entries = await self._kept(store, number, [player for player, _ in players])
        return _told(entries, [token for _, token in players]) if is_known else None

    async def _player(self, credentials: Credentials, name: str, signs_in: bool) -> tuple[Player, str]:
        if not signs_in:
            return Player(new_id(), name), ""
        granted = await credentials.sign_in_as_guest(name)
        assert isinstance(granted, Granted)
        return granted.player, granted.access_token

    async def _kept(self, store: Store, number: int, players: list[Player]) -> tuple[Entry, ...]:
        """The whole party in one commit; a join code that is taken already is drawn again."""
        while True:
            entries = self._entries(number, players)
            try:
                await store.commit(Commit((Change(None, entries),)))
            except Conflict:
                continue
            return entries

    def _entries(self, number: int, players: list[Player]) -> tuple[Entry, ...]:
        at = self._clock.now()
        create = CreateParty(players[0], self._patch(number), self._attributes(number), CLASSES[0])
        entries = found(create, new_id(), new_epoch(), new_join_code(), at, self._bounds)
        assert isinstance(entries, tuple)
        for player, character_class in zip(players[1:], itertools.cycle(CLASSES[1:] + CLASSES[:1]), strict=False):
            joined = decide(entries[-1].party, JoinParty(player, character_class=character_class), at, self._bounds)
            assert isinstance(joined, tuple)
            entries += joined
        return entries

    def _patch(self, number: int) -> SettingsPatch:
        return SettingsPatch(
            name=f"Party {number}",
            game_type=_GAME_TYPES[number % len(_GAME_TYPES)],
            difficulty=_DIFFICULTIES[number % len(_DIFFICULTIES)],
        )

    def _attributes(self, number: int) -> tuple[tuple[str, str], ...]:
        rare_every = max(RARE_EVERY_MIN, self._size.parties // RARE_MAX)
        common = (("mode", "story"),)
        return (*common, RARE) if number % rare_every == 0 else common


def _batches(parties: int) -> Iterator[range]:
    for start in range(0, parties, AT_ONCE_MAX):
        yield range(start, min(parties, start + AT_ONCE_MAX))


def _told(entries: tuple[Entry, ...], tokens: list[str]) -> Party:
    party = entries[-1].party
    members = zip(party.members, tokens, strict=True)
    return Party(
        id=party.id,
        epoch=party.epoch,
        name=party.settings.name,
        game_type=party.settings.game_type.value,
        difficulty=party.settings.difficulty,
        max_members=party.settings.max_members,
        join_code=party.join_code,
        attributes=tuple(Attribute(attribute.key, attribute.value) for attribute in party.attributes),
        members=tuple(Member(m.player.id, m.player.display_name, m.character_class or "", t) for m, t in members),
    )
