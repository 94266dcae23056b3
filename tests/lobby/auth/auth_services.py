"""Where a lobby gives out its credentials, with a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lobby.auth.authentication import Authentication
from lobby.auth.credentials import Credentials, Granted
from lobby.auth.hashed_keys import HashedKeys, hash_of
from lobby.auth.secret import Secret
from lobby.domain.bounds import Bounds
from lobby.domain.rejections import Rejection
from lobby.ports import Retention, Store
from lobby.stores.open import open_store
from tests.service.world import Disk, ManualClock

SERVICE_KEY = "a game server's key"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where credentials are given out and looked at."""

    clock: ManualClock
    disk: Disk
    secret: Secret
    store: Store
    credentials: Credentials
    authentication: Authentication

    async def guest(self, name: str = "Ada") -> Granted:
        return granted(await self.credentials.sign_in_as_guest(name))


@asynccontextmanager
async def opened() -> AsyncIterator[Desk]:
    clock, disk, secret = ManualClock(), Disk(), Secret.made()
    store = await open_store("memory://", Bounds(), Retention(), clock, gate=disk)
    credentials = Credentials(secret, store, clock)
    authentication = Authentication(credentials, clock, HashedKeys([hash_of(SERVICE_KEY)]))
    yield Desk(clock, disk, secret, store, credentials, authentication)
    disk.release()
    await store.close()


def granted(outcome: Granted | Rejection) -> Granted:
    """What was granted; the test fails on a no."""
    assert isinstance(outcome, Granted), outcome
    return outcome
