"""What attacks are made with: many at once, for so long, and no more than so many."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

from attack.outcome import Outcome
from attack.target import Target
from attack.wire import Answer, operation, post

SIGN_IN = (
    "mutation($n:String!){signInAsGuest(input:{displayName:$n})"
    "{...on CredentialsGranted{credentials{accessToken player{id}}}}}"
)


@dataclass(frozen=True, slots=True)
class Guest:
    token: str
    id: str


@dataclass(frozen=True, slots=True)
class Arena:
    """`party_id` is that of the private party of `victim`, `listed_id` that of a public one; both have a password. `eve` is the
    attackers' own player."""

    target: Target
    seconds: float
    most: int
    """Connections of one attack, at most."""
    victim: Guest
    party_id: str
    listed_id: str
    eve: Guest

    async def repeat(
        self, ask: Callable[[int], Awaitable[Answer]], at_once: int = 8, may_be_cut: bool = False
    ) -> Outcome:
        """`ask`, numbered, again and again, by so many attackers at once."""
        outcome = Outcome()
        until_s = time.monotonic() + self.seconds
        numbers = count()

        async def attacker() -> None:
            for number in numbers:
                outcome.add(await ask(number), may_be_cut)
                if time.monotonic() > until_s:
                    break

        await asyncio.gather(*(attacker() for _ in range(at_once)))
        return outcome


@dataclass(frozen=True, slots=True)
class Attack:
    """`sends`: what, in words."""

    name: str
    sends: str
    run: Callable[[Arena], Coroutine[Any, Any, Outcome]]


async def guest(target: Target, name: str) -> Guest:
    """Raises `SystemExit` where the server takes none."""
    answer = await post(target, operation(SIGN_IN, n=name))
    try:
        granted = json.loads(answer.body)["data"]["signInAsGuest"]["credentials"]
        return Guest(granted["accessToken"], granted["player"]["id"])
    except (ValueError, KeyError, TypeError):
        raise SystemExit(f"no guest: {answer.status} {answer.body[:300]!r}") from None
