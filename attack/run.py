"""One attack after the other, each with what a good client saw before and meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attack.arena import Arena, Attack, Guest, guest
from attack.attacks import ALL
from attack.outcome import SLOW_S, Outcome
from attack.target import Target
from attack.wire import operation, post
from attack.witness import Fare, Witness, witness

REST_S = 1.0
"""After an attack, for what it left open to be let go of."""
CREATE = (
    'mutation($v:Visibility!){createParty(input:{settings:{visibility:$v,password:"open sesame"}})'
    "{...on PartyChanged{party{id}}}}"
)


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attack that was made. `before` and `meanwhile`: the good client."""

    attack: Attack
    outcome: Outcome
    took_s: float
    before: Fare
    meanwhile: Fare

    @property
    def is_doubled(self) -> bool:
        """Whether a good client waited for more than twice as long as before, at the 99th percentile."""
        return self.meanwhile.p99_ms > 2 * self.before.p99_ms


async def attempted(
    target: Target, seconds: float, most: int, names: Sequence[str], tell: Callable[[Attempted], None]
) -> list[Attempted]:
    """Make the attacks whose names have one of `names` in them; all of them where there are none."""
    good = await guest(target, "Ann")
    wanted = [attack for attack in ALL if not names or any(name in attack.name for name in names)]
    made = []
    async with witness(target, good) as ann:
        await ann.watches(REST_S)  # until it is up
        for number, attack in enumerate(wanted):
            arena = await _arena(target.attacked_from(number), seconds, most)
            made.append(await _made(arena, attack, ann))
            tell(made[-1])
    return made


async def _arena(origin: Target, seconds: float, most: int) -> Arena:
    """With victims of its own: a party whose leader says nothing is closed after a while."""
    victim, host, eve = [await guest(origin, name) for name in ("Victim", "Host", "Eve")]
    party_id, listed_id = await _party_of(origin, victim, "PRIVATE"), await _party_of(origin, host, "PUBLIC")
    return Arena(origin, seconds, most, victim, party_id, listed_id, eve)


async def _made(arena: Arena, attack: Attack, ann: Witness) -> Attempted:
    before = await ann.watches(arena.seconds)
    began_s = time.monotonic()
    outcome = await attack.run(arena)
    took_s = time.monotonic() - began_s
    meanwhile = ann.fared(began_s)
    if meanwhile.slowest_ms > SLOW_S * 1000:
        outcome.fault(f"a good client waited for {meanwhile.slowest_ms:.0f} ms")
    if meanwhile.failed:
        outcome.fault(f"{meanwhile.failed} of a good client's requests came to nothing")
    await asyncio.sleep(min(REST_S, arena.seconds))
    return Attempted(attack, outcome, took_s, before, meanwhile)


async def _party_of(target: Target, leader: Guest, visibility: str) -> str:
    answer = await post(target, operation(CREATE, v=visibility), leader.token)
    party_id: str = json.loads(answer.body)["data"]["createParty"]["party"]["id"]
    return party_id
