"""A lobby without sockets: the real rules on the real store in memory, a clock that tests set, a disk they can stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, Event
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PartyId
from lobby.entering import Entrance, Target
from lobby.ports import Retention, Store, Unavailable
from lobby.rates.attempts import Tries, TryLimits
from lobby.rates.commanding import CommandRates
from lobby.rates.rates import RateLimits
from lobby.reader import Reader
from lobby.service import Done, Lobby, Once
from lobby.stores.open import open_store
from tests.domain.scenes import START, player

ENTRIES_READ_MAX = 10_000


class ManualClock:
    """Time goes by when a test says so."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += round(seconds * 1000)


class Hints:
    """The hints that were given, in their order; and who else is to hear of each."""

    def __init__(self) -> None:
        self.given: list[tuple[PartyId, int]] = []
        self.hearers: list[Callable[[PartyId, int], None]] = []

    async def publish(self, party_id: PartyId, seq: int) -> None:
        self.given.append((party_id, seq))
        for hear in self.hearers:
            hear(party_id, seq)


class Disk:
    """What stands between the store and its disk. It can be held, so that nothing becomes durable, and can fail."""

    def __init__(self) -> None:
        self.fails = False
        self.groups = 0
        """How often something was written; what is committed side by side is written in one go."""
        self.asked = asyncio.Event()
        """Set once something waits to be written."""
        self._free = asyncio.Event()
        self._free.set()

    async def __call__(self) -> None:
        self.groups += 1
        self.asked.set()
        await self._free.wait()
        if self.fails:
            raise Unavailable("the disk failed")

    def hold(self) -> None:
        self._free.clear()
        self.asked.clear()

    def release(self, fails: bool = False) -> None:
        self.fails = fails
        self._free.set()


@dataclass(frozen=True, slots=True)
class World:
    """The services of a lobby, and short ways to ask them. Players are named, such as "ann"."""

    clock: ManualClock
    disk: Disk
    hints: Hints
    store: Store
    lobby: Lobby
    entrance: Entrance
    reader: Reader

    async def party(self, leader: str, *others: str, **settings: Any) -> Party:
        """A party that all are in."""
        party = done(await self.create(leader, **settings)).party
        for name in others:
            party = done(await self.join(name, party.join_code, password=settings.get("password"))).party
        return party

    async def create(
        self, name: str, *, leave_current: bool = False, once: Once | None = None, **settings: Any
    ) -> Done | Rejection:
        command = c.CreateParty(player(name), c.SettingsPatch(**settings))
        return await self.entrance.create(command, leave_current, once)

    async def join(
        self,
        name: str,
        join_code: str,
        *,
        address: str = "",
        leave_current: bool = False,
        once: Once | None = None,
        **wishes: Any,
    ) -> Done | Rejection:
        return await self.entrance.join(
            Target(join_code=join_code, address=address), c.JoinParty(player(name), **wishes), leave_current, once
        )

    async def join_by_id(self, name: str, party_id: PartyId, **wishes: Any) -> Done | Rejection:
        return await self.entrance.join(Target(party_id), c.JoinParty(player(name), **wishes))

    async def says(self, name: str, text: str, party: Party, once: Once | None = None) -> Done | Rejection:
        return await self.lobby.execute(party.id, c.PostMessage(player(name), text), once)

    async def does(self, party: Party, command: c.Command) -> Party:
        """`command` is carried out; the test fails if it is refused."""
        return done(await self.lobby.execute(party.id, command)).party

    async def log(self, party: Party) -> list[Entry]:
        return list(await self.store.entries(party.id, 0, ENTRIES_READ_MAX))

    async def events(self, party: Party) -> list[Event]:
        return [entry.event for entry in await self.log(party)]

    async def now(self, party: Party) -> Party:
        """The party as it may be shown now."""
        shown = await self.store.party(party.id)
        assert shown is not None, "the party is no longer kept"
        return shown


@asynccontextmanager
async def world(
    bounds: Bounds | None = None,
    retention: Retention | None = None,
    commits_waiting_max: int = 1000,
    hashes_waiting_max: int = 64,
    file: Path | None = None,
    at: Instant = START,
    rates: RateLimits | None = None,
    tries: TryLimits | None = None,
) -> AsyncIterator[World]:
    """A lobby with nobody in it; or on a `file`, with whoever was in the one before, from `at` on."""
    clock, disk, hints, passwords = ManualClock(at), Disk(), Hints(), Passwords(hashes_waiting_max)
    bounds, retention = bounds or Bounds(), retention or Retention()
    url = f"sqlite:///{file}" if file is not None else "memory://"
    store = await open_store(url, bounds, retention, clock, waiting_max=commits_waiting_max, gate=disk)
    commands = CommandRates(rates) if rates is not None else None
    lobby = Lobby(store, hints, clock, passwords, bounds, commands, Tries.local(tries))
    try:
        yield World(clock, disk, hints, store, lobby, Entrance(lobby), Reader(store))
    finally:
        disk.release()
        await store.close()
        passwords.close()


def done(outcome: Done | Rejection) -> Done:
    """What went through; the test fails on a no."""
    assert isinstance(outcome, Done), outcome
    return outcome


def refused(outcome: Done | Rejection) -> Rejection:
    """The no; the test fails if it went through."""
    assert isinstance(outcome, Rejection), outcome
    return outcome


def code(outcome: Done | Rejection) -> RejectionCode | None:
    """The code of a no; None for what went through."""
    return outcome.code if isinstance(outcome, Rejection) else None


def once(key: str = "key", said: str = "") -> Once:
    """An idempotency key, bound to an input that is told by `said`."""
    return Once(key, said.encode())
