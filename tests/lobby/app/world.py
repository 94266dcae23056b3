"""A lobby without sockets: the real rules on the real store in memory, a clock that tests set, a disk they can stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_service import JoinService, JoinTarget
from lobby.app.query_service import QueryService
from lobby.auth.passwords import Passwords
from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, Event
from lobby.domain.model import Party
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.limits.attempt_limiter import AttemptLimiters, AttemptLimits
from lobby.limits.rate_limiter import CommandLimiter, PlayerLimiters, RateLimits
from lobby.ports import Retention, Store, Unavailable
from lobby.stores import open_store
from tests.lobby.domain.scenes import START, player
from tests.manual_clock import ManualClock

ENTRIES_READ_MAX = 10_000


class Hints:
    """Records the published hints in order, and calls listeners with each."""

    def __init__(self) -> None:
        self.published: list[tuple[PartyId, int]] = []
        self.commit_listeners: list[Callable[[PartyId, int], None]] = []

    async def publish(self, party_id: PartyId, seq: int) -> None:
        self.published.append((party_id, seq))
        for listener in self.commit_listeners:
            listener(party_id, seq)


class Disk:
    """The write hook of the store. A test can hold it, so that nothing becomes durable, and can make it fail."""

    def __init__(self) -> None:
        self.fails = False
        self.groups = 0
        """The number of writes. Commits at the same time are written together."""
        self.write_waits = asyncio.Event()
        """Set once something waits to be written."""
        self._free = asyncio.Event()
        self._free.set()

    async def __call__(self) -> None:
        self.groups += 1
        self.write_waits.set()
        await self._free.wait()
        if self.fails:
            raise Unavailable("the disk failed")

    def hold(self) -> None:
        self._free.clear()
        self.write_waits.clear()

    def release(self, fails: bool = False) -> None:
        self.fails = fails
        self._free.set()


class Connections:
    """The players who are connected to their inboxes, as a test says. `PlayerConnections` of a world."""

    def __init__(self) -> None:
        self.players: set[PlayerId] = set()

    async def is_connected_to_inbox(self, player_id: PlayerId) -> bool:
        return player_id in self.players


@dataclass(frozen=True, slots=True)
class World:
    """The services of a lobby, and short ways to ask them. Players are named, such as "ann"."""

    clock: ManualClock
    disk: Disk
    hints: Hints
    store: Store
    handler: CommandHandler
    join_service: JoinService
    query_service: QueryService
    connections: Connections

    async def party(self, leader: str, *others: str, **settings: Any) -> Party:
        """A party that all are in."""
        party = done(await self.create(leader, **settings)).party
        for name in others:
            party = done(await self.join(name, party.join_code, password=settings.get("password"))).party
        return party

    async def create(
        self, name: str, *, leave_current: bool = False, idempotency_key: IdempotencyKey | None = None, **settings: Any
    ) -> CommandResult | Rejection:
        command = c.CreateParty(player(name), SettingsPatch(**settings))
        return await self.join_service.create(command, leave_current, idempotency_key)

    async def join(
        self,
        name: str,
        join_code: str,
        *,
        address: str = "",
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
        **join_fields: Any,
    ) -> CommandResult | Rejection:
        return await self.join_service.join(
            JoinTarget(join_code=join_code, address=address),
            c.JoinParty(player(name), **join_fields),
            leave_current,
            idempotency_key,
        )

    async def join_by_id(self, name: str, party_id: PartyId, **join_fields: Any) -> CommandResult | Rejection:
        return await self.join_service.join(JoinTarget(party_id), c.JoinParty(player(name), **join_fields))

    async def post_message(
        self, name: str, text: str, party: Party, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        return await self.handler.execute(party.id, c.PostMessage(player(name), text), idempotency_key)

    async def execute(self, party: Party, command: c.Command) -> Party:
        """`command` is carried out; the test fails if it is refused."""
        return done(await self.handler.execute(party.id, command)).party

    async def log_after(self, party: Party, seq: int) -> list[Entry]:
        return list(await self.store.entries(party.id, seq, ENTRIES_READ_MAX))

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
    attempt_limits: AttemptLimits | None = None,
) -> AsyncIterator[World]:
    """An empty lobby, or a lobby on a `file` of an earlier one; its clock starts at `at`."""
    clock, disk, hints, passwords = ManualClock(at), Disk(), Hints(), Passwords(hashes_waiting_max)
    bounds, retention = bounds or Bounds(), retention or Retention()
    url = f"sqlite:///{file}" if file is not None else "memory://"
    store = await open_store(url, bounds, retention, clock, waiting_max=commits_waiting_max, write_hook=disk)
    commands = CommandLimiter(rates) if rates is not None else None
    limiters = PlayerLimiters(commands, AttemptLimiters.local(attempt_limits))
    handler = CommandHandler(store, hints, clock, passwords, bounds, limiters)
    try:
        connections = Connections()
        join_service = JoinService(handler, connections)
        yield World(clock, disk, hints, store, handler, join_service, QueryService(store), connections)
    finally:
        disk.release()
        await store.close()
        passwords.close()


def done(outcome: CommandResult | Rejection) -> CommandResult:
    """The result of a command that must succeed."""
    assert isinstance(outcome, CommandResult), outcome
    return outcome


def rejection_of(outcome: CommandResult | Rejection) -> Rejection:
    """The rejection of a command that must be rejected."""
    assert isinstance(outcome, Rejection), outcome
    return outcome


def code(outcome: CommandResult | Rejection) -> RejectionCode | None:
    """The code of a rejection; None for a success."""
    return outcome.code if isinstance(outcome, Rejection) else None


def a_key(key: str = "key", request: str = "") -> IdempotencyKey:
    """An idempotency key that belongs to the input `request`."""
    return IdempotencyKey(key, request.encode())
