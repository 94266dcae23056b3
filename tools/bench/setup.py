"""The common state from which all servers start: a generated world, as a database for lobby servers and as JSON for rivals.

The database is filled through the lobby's own rules and store. That takes seconds where HTTP requests would take minutes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lobby.auth.guest_credentials import GuestCredentials, GuestPolicy, IssuedCredentials
from lobby.auth.secret import Secret
from lobby.domain.bounds import HOUR_MS, Bounds
from lobby.domain.commands import CreateParty, JoinParty
from lobby.domain.events import Entry
from lobby.domain.model import Player
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.values import GameType
from lobby.ports import Change, Commit, Conflict, Retention, Store
from lobby.runtime.clock import SystemClock
from lobby.runtime.ids import new_epoch, new_id, new_join_code
from lobby.stores import open_store
from lobby.stores.sqlite.history import FileHistory
from resolvers.root import sdl
from tools.bench.contenders import RIVAL_SECRET, Contender
from tools.bench.documents import FROZEN_QUERIES, ROOT, TRUSTED
from tools.bench.world import Attribute, Member, Party, World

SECRET = secrets.token_hex()
GRACE_S = 24 * 3600
"""Members exist only in the database and never connect. With this grace the server removes none of them during a run."""
UNLIMITED = 1_000_000
CHECKOUT = "checkout"
"""The folder of a lobby server's source tree, in the folder that it is served from."""
_COUNTS_COMMITS = Path("lobby/stores/sqlite/history.py")
_OWN_ENTRIES = {"server.py", "client_queries", ".git", ".env", "data"}
"""Entries of a checkout that a server does not share with it: copied, extended, or left out."""


@dataclass(frozen=True, slots=True)
class Setup:
    """`folder` holds the filled `lobby.db` and the files for rivals. Servers run on copies of it."""

    folder: Path
    world: World

    @contextmanager
    def copy_for(self, contender: Contender) -> Iterator[Path]:
        """A folder for one server, on the same disk: the database, and for a lobby server its source tree."""
        with TemporaryDirectory(dir=self.folder.parent, prefix="serving-") as name:
            folder = Path(name)
            for file in self.folder.glob("lobby.db*"):
                shutil.copy(file, folder)
            if contender.checkout is not None:
                _fit_database(folder / "lobby.db", contender.checkout)
                _link_checkout(contender.checkout, folder / CHECKOUT)
            yield folder

    def environment(self, contender: Contender, folder: Path, port: int) -> dict[str, str]:
        """The whole environment of a server. From this process it inherits only where programs are."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return inherited | (
            _lobby(contender, folder, port) if contender.is_lobby else self._rival(contender, folder, port)
        )

    def _rival(self, contender: Contender, folder: Path, port: int) -> dict[str, str]:
        durable = {"BENCH_DATABASE": str(folder / "rival.db"), "BENCH_SECRET": RIVAL_SECRET}
        return {
            "NODE_ENV": "production",
            "PYTHONPATH": str(ROOT),
            "BENCH_PORT": str(port),
            "BENCH_WORLD": str(self.folder / "world.json"),
            "BENCH_SCHEMA": str(self.folder / "schema.graphql"),
            "BENCH_TRUSTED": str(self.folder / "trusted.json"),
            **(durable if contender.is_durable else {}),
        }


def build_setup(folder: Path, size: Size) -> Setup:
    """Fill a world of this size into `folder`, which must not exist yet."""
    folder.mkdir(parents=True)
    world = fill(folder / "lobby.db", SECRET, size)
    world.write(folder / "world.json")
    (folder / "schema.graphql").write_text(sdl(), encoding="utf-8")
    trusted = {document.sha256: document.text for document in TRUSTED}
    (folder / "trusted.json").write_text(json.dumps(trusted), encoding="utf-8")
    return Setup(folder, world)


def _fit_database(database: Path, checkout: Path) -> None:
    """Make the copy a file that its server opens as its own.

    A server that counts commits would take a copied file for a restored backup, and renew the epochs of all parties at the start.
    One that does not count them yet (schema 2) refuses the table of the counts.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        if (checkout / _COUNTS_COMMITS).exists():
            history = FileHistory(database)
            history.begin_complete(connection, database)
            history.close()
        else:
            connection.execute("DROP TABLE generation")
            connection.execute("PRAGMA user_version = 2")


def _link_checkout(checkout: Path, target: Path) -> None:
    """Make `target` look like `checkout` with the benchmark's documents among its trusted ones.

    Servers read trusted documents from the `client_queries/` beside their source. `server.py` is a copy, since Python
    resolves links in the path of the script that it runs. All other entries are links, so that any layout works.
    """
    target.mkdir()
    for entry in checkout.iterdir():
        if entry.name not in _OWN_ENTRIES:
            (target / entry.name).symlink_to(entry)
    shutil.copy(checkout / "server.py", target)
    shutil.copytree(checkout / "client_queries", target / "client_queries")
    shutil.copytree(FROZEN_QUERIES, target / "client_queries", dirs_exist_ok=True)


def _lobby(contender: Contender, folder: Path, port: int) -> dict[str, str]:
    return {
        "LOBBY_PORT": str(port),
        "LOBBY_STORE": f"sqlite:///{folder / 'lobby.db'}",
        "LOBBY_SECRET": SECRET,
        "LOBBY_RATE_LIMITS": "false",
        "LOBBY_GRACE_WAITING_S": str(GRACE_S),
        "LOBBY_LEADER_GRACE_S": str(GRACE_S),
        "LOBBY_LEADER_IDLE_S": str(GRACE_S),
        "LOBBY_CONNECTIONS_PER_PLAYER_MAX": str(UNLIMITED),
        "LOBBY_CONNECTIONS_PER_ADDRESS_MAX": str(UNLIMITED),
        "LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX": str(UNLIMITED),
        "LOBBY_TCP_CONNECTIONS_MAX": str(UNLIMITED),
        "LOBBY_CONNECTIONS_MAX": str(UNLIMITED),
        "LOBBY_STREAMS_PER_PLAYER_MAX": str(UNLIMITED),
        **dict(contender.settings),
    }


CLASSES = ("Knight", "Mage", "Rogue", "Cleric")
TOKEN_MS = 24 * HOUR_MS
CONCURRENT_COMMITS_MAX = 256
"""Parties that are written at the same time: as many as one group commit takes."""
RARE_EVERY_MIN = 4
RARE_MAX = 25
"""Parties with the attribute of the narrow filter: as many in a large world as in a small one."""
RARE = ("region", "north")
_GAME_TYPES = (GameType.COOP, GameType.PVP)
_DIFFICULTIES = Bounds().difficulties


@dataclass(frozen=True, slots=True)
class Size:
    """How much to generate. The world describes `known` of the parties, spread evenly, and has tokens for the first
    `signed_in` members of each of them."""

    parties: int
    members: int
    known: int
    signed_in: int
    member_counts: tuple[int, ...] = ()
    """Parties have so many members in turn, in place of `members`."""

    def members_of(self, number: int) -> int:
        """How many members party `number` has."""
        return self.member_counts[number % len(self.member_counts)] if self.member_counts else self.members


def fill(database: Path, secret: str, size: Size) -> World:
    """Create and fill the SQLite file `database`. `secret`: the LOBBY_SECRET of the server, which signs the tokens."""
    return asyncio.run(_Filler(secret, size).run(database))


class _Filler:
    def __init__(self, secret: str, size: Size) -> None:
        self._secret = Secret.from_setting(secret)
        self._size = size
        self._clock = SystemClock()
        self._bounds = Bounds()

    async def run(self, database: Path) -> World:
        store = await open_store(f"sqlite:///{database}", self._bounds, Retention(), self._clock)
        credentials = GuestCredentials(self._secret, store, self._clock, GuestPolicy(access_ms=TOKEN_MS))
        try:
            batches = [
                await self._create_batch(store, credentials, numbers) for numbers in _batches(self._size.parties)
            ]
        finally:
            await store.close()
        return World(tuple(party for batch in batches for party in batch if party is not None))

    async def _create_batch(self, store: Store, credentials: GuestCredentials, numbers: range) -> list[Party | None]:
        return await asyncio.gather(*(self._create_party(store, credentials, number) for number in numbers))

    async def _create_party(self, store: Store, credentials: GuestCredentials, number: int) -> Party | None:
        """Create a party. Returns it if it is a known party, else None."""
        is_known = number % max(1, self._size.parties // self._size.known) == 0
        players = [
            await self._create_player(credentials, f"Player {number}.{seat}", is_known and seat < self._size.signed_in)
            for seat in range(self._size.members_of(number))
        ]
        entries = await self._commit_party(store, number, [player for player, _ in players])
        return _describe(entries, [token for _, token in players]) if is_known else None

    async def _create_player(self, credentials: GuestCredentials, name: str, signs_in: bool) -> tuple[Player, str]:
        """The player and the access token, which is empty without `signs_in`."""
        if not signs_in:
            return Player(new_id(), name), ""
        granted = await credentials.sign_in_as_guest(name)
        assert isinstance(granted, IssuedCredentials)
        return granted.player, granted.access_token

    async def _commit_party(self, store: Store, number: int, players: list[Player]) -> tuple[Entry, ...]:
        """Write the whole party in one commit. If its join code is taken, try again with another one."""
        while True:
            entries = self._entries(number, players)
            try:
                await store.commit(Commit((Change(None, entries),)))
            except Conflict:
                continue
            return entries

    def _entries(self, number: int, players: list[Player]) -> tuple[Entry, ...]:
        at = self._clock.now()
        command = CreateParty(players[0], self._patch(number), self._attributes(number), CLASSES[0])
        entries = decide_creation(command, new_id(), new_epoch(), new_join_code(), at, self._bounds)
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
    for start in range(0, parties, CONCURRENT_COMMITS_MAX):
        yield range(start, min(parties, start + CONCURRENT_COMMITS_MAX))


def _describe(entries: tuple[Entry, ...], tokens: list[str]) -> Party:
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
