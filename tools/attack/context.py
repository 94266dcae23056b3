"""The context that an attack gets, and its outcome."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tools.attack.raw_http import Answer, encode_operation, post
from tools.attack.target import Target

SIGN_IN = (
    "mutation($n:String!){signInAsGuest(input:{displayName:$n})"
    "{...on CredentialsGranted{credentials{accessToken player{id}}}}}"
)


@dataclass(frozen=True, slots=True)
class Guest:
    token: str
    id: str


@dataclass(frozen=True, slots=True)
class AttackContext:
    """`party_id`: the private party of `victim`. `listed_id`: a public party. Both have a password. `eve`: the player of the
    attackers."""

    target: Target
    seconds: float
    connections_max: int
    """The maximum number of connections of one attack."""
    victim: Guest
    party_id: str
    listed_id: str
    eve: Guest

    async def repeat(
        self, send: Callable[[int], Awaitable[Answer]], concurrency: int = 8, may_close: bool = False
    ) -> Outcome:
        """Call `send` with 0, 1, 2, ... until the time is over, in `concurrency` tasks. Each waits for its response."""
        outcome = Outcome()
        until_s = time.monotonic() + self.seconds
        numbers = count()

        async def attacker() -> None:
            for number in numbers:
                outcome.record(await send(number), may_close)
                if time.monotonic() > until_s:
                    break

        await asyncio.gather(*(attacker() for _ in range(concurrency)))
        return outcome


@dataclass(frozen=True, slots=True)
class Attack:
    """`sends`: a description of the requests."""

    name: str
    sends: str
    run: Callable[[AttackContext], Coroutine[Any, Any, Outcome]]


async def sign_in_guest(target: Target, name: str) -> Guest:
    """A new guest. Raises `SystemExit` if the server accepts none."""
    answer = await post(target, encode_operation(SIGN_IN, n=name))
    try:
        granted = json.loads(answer.body)["data"]["signInAsGuest"]["credentials"]
        return Guest(granted["accessToken"], granted["player"]["id"])
    except (ValueError, KeyError, TypeError):
        raise SystemExit(f"no guest: {answer.status} {answer.body[:300]!r}") from None


SLOW_S = 1.0
"""A response that takes longer is a fault."""
LEAKS = (b"Traceback", b"site-packages", b".py", b"sqlite3", b"argon2", b"refreshToken")
"""Parts of internal details and secrets. A response that contains one is a fault."""


@dataclass(slots=True)
class Outcome:
    """The requests and responses of an attack. `responses`: how often each came. `faults`: descriptions of wrong behaviour."""

    sent: int = 0
    responses: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def record(self, answer: Answer, may_close: bool = False) -> None:
        """Count a response. `may_close`: a closed connection without a response is no fault."""
        self.sent += 1
        self.slowest_s = max(self.slowest_s, answer.took_s)
        self.responses[f"{answer.status} {answer.code}" if answer.status else "closed"] += 1
        if answer.status >= 500 and answer.status != 503:
            self.add_fault(f"a {answer.status} ({answer.code})")
        if not answer.status and not may_close:
            self.add_fault("no response")
        if answer.took_s > SLOW_S:
            self.add_fault(f"a response took longer than {SLOW_S:g} s")
        for leak in LEAKS:
            if leak in answer.body:
                self.add_fault(f"a response contains {leak.decode()!r}")

    def record_other(self, what: str, count: int = 1) -> None:
        """Count an outcome other than an HTTP response, such as the close of a socket."""
        self.sent += count
        self.responses[what] += count

    def allow_only(self, *codes: str) -> None:
        """Add a fault for each recorded response whose last word is not one of `codes`."""
        for response in self.responses:
            if response.rpartition(" ")[2] not in codes:
                self.add_fault(f"unexpected response {response!r}")

    def add_fault(self, what: str) -> None:
        if what not in self.faults:
            self.faults.append(what)
