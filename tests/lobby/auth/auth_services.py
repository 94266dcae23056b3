"""The authentication services of a lobby, with a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lobby.auth.api_keys import HashedKeys, hash_key
from lobby.auth.authentication import Authentication
from lobby.auth.guest_credentials import GuestCredentials, GuestPolicy, IssuedCredentials
from lobby.auth.secret import Secret
from lobby.domain.bounds import Bounds
from lobby.domain.rejections import Rejection
from lobby.ports import Retention, Store
from lobby.stores import open_store
from tests.lobby.app.world import Disk
from tests.manual_clock import ManualClock

SERVICE_KEY = "a game server's key"


@dataclass(frozen=True, slots=True)
class AuthServices:
    """The services that issue and check credentials."""

    clock: ManualClock
    disk: Disk
    secret: Secret
    store: Store
    credentials: GuestCredentials
    authentication: Authentication

    async def guest(self, name: str = "Ada") -> IssuedCredentials:
        return accepted(await self.credentials.sign_in_as_guest(name))


@asynccontextmanager
async def opened() -> AsyncIterator[AuthServices]:
    clock, disk, secret = ManualClock(), Disk(), Secret.random()
    store = await open_store("memory://", Bounds(), Retention(), clock, write_hook=disk)
    credentials = GuestCredentials(secret, store, clock, GuestPolicy())
    authentication = Authentication(credentials, clock, HashedKeys([hash_key(SERVICE_KEY)]), HashedKeys(), ())
    yield AuthServices(clock, disk, secret, store, credentials, authentication)
    disk.release()
    await store.close()


def accepted(outcome: IssuedCredentials | Rejection) -> IssuedCredentials:
    """The credentials of a sign-in that must succeed."""
    assert isinstance(outcome, IssuedCredentials), outcome
    return outcome
