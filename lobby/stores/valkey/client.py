"""Calls to the servers: bounded in time, and repeated while that may help; what an error means for a call."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from valkey.exceptions import (
    BusyLoadingError,
    NoScriptError,
    ReadOnlyError,
    ResponseError,
)
from valkey.exceptions import ConnectionError as LibraryConnectionError
from valkey.exceptions import TimeoutError as LibraryTimeoutError

from lobby.ports import Unavailable
from lobby.runtime.measures import Histogram
from lobby.runtime.time_limits import TimeLimits
from lobby.runtime.tracing import span
from lobby.stores.valkey.address import Address
from lobby.stores.valkey.connection import Argument, Command, ServerConnection
from lobby.stores.valkey.partitions import Partitions
from lobby.stores.valkey.scripts import Script

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.02
PAUSE_MAX_S = 0.5
"""Between two tries of one call. The pause doubles each time."""
SLOT_S = 0.05
"""A try may take so much longer than its limit."""
NO_EVICTION = "noeviction"
CALL_ERRORS = (LibraryConnectionError, LibraryTimeoutError, ResponseError, OSError)
"""The errors of a call to one server: no connection, no reply in time (also the builtin, an OSError), or an error reply."""

_TRANSIENT = ("CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "LOADING", "READONLY", "BUSY", "UNKILLABLE", "MOVED", "ASK")
"""The server, or another one, may do the call a moment later."""
_NEEDS_OPERATOR = ("OOM", "MISCONF", "NOREPLICAS", "NOAUTH", "WRONGPASS", "NOPERM")
"""Somebody must free memory or disk space, start a replica or correct the settings. To try again at once does not help."""
_CODES = {
    "OUTOFMEMORY": "OOM",
    "CLUSTERDOWN": "CLUSTERDOWN",
    "NOPERMISSION": "NOPERM",
    "NOTENOUGHREPLICAS": "NOREPLICAS",
}
"""The library's names of error classes, and the servers' codes that they stand for."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a call may take. A server that has not answered after `try_s` is called again, over another connection."""

    call_s: float = 2.5
    try_s: float = 1.0

    @property
    def stalled_s(self) -> float:
        """A connection without a reply for so long, while calls wait, is replaced."""
        return self.try_s / 2


CALL_BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""From a call to the same machine to the time at which it is given up."""


class ServerTime:
    """The time of the first server, in milliseconds since 1970, as this node knows it: it goes on by the monotonic clock.

    The servers refuse late calls. The clock of this machine may be wrong by more than they allow.
    """

    def __init__(self) -> None:
        self.is_known = False
        self._ahead_s = time.time() - time.monotonic()

    def now(self) -> int:
        return round((time.monotonic() + self._ahead_s) * 1000)

    def adjust(self, read_ms: int, asked_at_s: float) -> None:
        """`read_ms` is the answer to a call that began at `asked_at_s` of the monotonic clock. It was read at some time since."""
        now_s = time.monotonic()
        ahead_s, error_s = read_ms / 1000 - (asked_at_s + now_s) / 2, (now_s - asked_at_s) / 2
        if not self.is_known or abs(ahead_s - self._ahead_s) > error_s:
            self._ahead_s = ahead_s
            self.is_known = True


class Servers(Protocol):
    """One server, or a cluster. The library's errors pass through; `ValkeyClient` handles them."""

    async def call(self, slot: int, command: Command) -> Any:
        """Send a command to the server that has `slot`, and return its reply."""

    async def close(self) -> None:
        """Close all connections."""


class ValkeyClient:
    """Makes every call of the store. A call may be repeated after a lost reply, and all scripts allow for that."""

    def __init__(self, servers: Servers, partitions: Partitions, limits: CallLimits) -> None:
        self.partitions = partitions
        self.server_time = ServerTime()
        self.calls = 0
        """How many calls were answered."""
        self.call_s = Histogram(CALL_BOUNDS_S)
        """How long they took, with all attempts."""
        self.calls_failed = 0
        self.limits = limits
        self._servers = servers
        self._time_limits = TimeLimits(SLOT_S)
        self._is_closed = False

    async def run(self, script: Script, partition: int, *arguments: Argument) -> Any:
        """Run a script in one partition. Raises `Unavailable`."""
        name = self.partitions.names[partition]
        slot = self.partitions.slots[partition]

        async def send() -> Any:
            try:
                return await self._servers.call(slot, ("EVALSHA", script.sha, 1, name, *arguments))
            except NoScriptError:
                return await self._servers.call(slot, ("EVAL", script.text, 1, name, *arguments))

        return await self._call(send, script.name)

    async def call(self, partition: int, command: str, key: str, *arguments: Argument) -> Any:
        """Send a command for one key of a partition, such as seat:ana. Raises `Unavailable`."""
        slot, name = self.partitions.slots[partition], f"{self.partitions.names[partition]}:{key}"

        async def send() -> Any:
            return await self._servers.call(slot, (command, name, *arguments))

        return await self._call(send, command)

    async def scan(self, partition: int, kind: str, cursor: str, count: int) -> tuple[str, list[str]]:
        """One step over the keys of a kind, such as log: the next cursor (0: that was all), and the ids of some keys. An id may
        come more than once. Raises `Unavailable`."""
        slot, prefix = self.partitions.slots[partition], f"{self.partitions.names[partition]}:{kind}:"

        async def send() -> Any:
            return await self._servers.call(slot, ("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", count))

        following, keys = await self._call(send, "SCAN")
        return str(int(following)), [key.decode().removeprefix(prefix) for key in keys]

    async def read_time(self) -> None:
        """Set `server_time`. Raises `Unavailable`."""

        async def send() -> Any:
            return await self._servers.call(self.partitions.slots[0], ("TIME",))

        asked_at_s = time.monotonic()
        seconds, microseconds = await self._call(send, "TIME")
        self.server_time.adjust(int(seconds) * 1000 + int(microseconds) // 1000, asked_at_s)

    async def config_warnings(self) -> list[str]:
        """One line for each server setting that can lose data. Raises `Unavailable`.

        One server answers for all, because the servers of a cluster should have the same settings.
        """

        async def send() -> Any:
            return await self._servers.call(self.partitions.slots[0], ("INFO",))

        info = await self._call(send, "INFO")
        return list(_config_warnings(info)) if isinstance(info, Mapping) else []

    async def close(self) -> None:
        self._is_closed = True
        await self._servers.close()

    async def _call(self, send: Callable[[], Awaitable[Any]], what: str) -> Any:
        if self._is_closed:
            raise Unavailable("the store is closed")
        began_at_s = time.perf_counter()
        try:
            with span("valkey", call=what):
                reply = await self._retry(send)
        except TimeoutError as error:
            self.calls_failed += 1
            raise Unavailable(f"no reply to {what} within {self.limits.call_s} s") from error
        except Unavailable:
            self.calls_failed += 1
            raise
        self.calls += 1
        self.call_s.observe(time.perf_counter() - began_at_s)
        return reply

    async def _retry(self, send: Callable[[], Awaitable[Any]]) -> Any:
        """Try until there is a reply. Raises `TimeoutError` if there is none within the limit of a call."""
        give_up_at_s = time.monotonic() + self.limits.call_s
        left_s = self.limits.call_s
        pause_s = FIRST_PAUSE_S
        while left_s > 0:
            try:
                with self._time_limits.limit(min(self.limits.try_s, left_s)):
                    return await send()
            except TimeoutError:
                pass
            except Exception as error:
                if needs_operator(error):
                    raise Unavailable(str(error)) from error
                if not is_transient(error):
                    raise
            await asyncio.sleep(min(pause_s, max(give_up_at_s - time.monotonic(), 0.0)))
            pause_s = min(2 * pause_s, PAUSE_MAX_S)
            left_s = give_up_at_s - time.monotonic()
        raise TimeoutError


class SingleServer:
    """One server, alone or in front of replicas. It has all slots."""

    def __init__(self, address: Address, limits: CallLimits) -> None:
        self._connection = ServerConnection(address, *address.hosts[0], limits.stalled_s)

    def call(self, slot: int, command: Command) -> Coroutine[None, None, Any]:
        return self._connection.call(command)

    async def close(self) -> None:
        await self._connection.close()


def _config_warnings(info: Mapping[str, object]) -> Iterator[str]:
    policy = info.get("maxmemory_policy", NO_EVICTION)
    if info.get("maxmemory") and policy != NO_EVICTION:
        yield f"maxmemory-policy is {policy}: a full server would delete parties silently; set it to {NO_EVICTION}"
    if info.get("aof_enabled") == 0:
        yield "appendonly is off: if the server dies, all commits since the last snapshot are lost"


def is_transient(error: Exception) -> bool:
    """True if the call may succeed when it is tried again within its time."""
    if isinstance(error, LibraryConnectionError | LibraryTimeoutError | BusyLoadingError | ReadOnlyError | OSError):
        return True
    return isinstance(error, ResponseError) and _has_code(error, _TRANSIENT)


def needs_operator(error: Exception) -> bool:
    return isinstance(error, ResponseError) and _has_code(error, _NEEDS_OPERATOR)


def _has_code(error: ResponseError, codes: tuple[str, ...]) -> bool:
    """The library drops some codes from the text and raises a class instead. In a script's error, text may come first."""
    kind = type(error).__name__.removesuffix("Error").upper()
    if _CODES.get(kind, kind) in codes:
        return True
    text = str(error)
    return any(text.startswith(code) or f" {code} " in text[:200] for code in codes)
