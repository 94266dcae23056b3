"""One attack after the other, each with how good clients fared before, meanwhile and after."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from attack.arena import Arena, Attack, Guest, guest
from attack.attackers import Attackers, attackers
from attack.attacks import ALL
from attack.outcome import SLOW_S, Outcome
from attack.target import Target
from attack.wire import operation, post
from attack.witness import Fare, Witness, witness

REST_S = 1.5
"""After an attack, for what it left open to be let go of."""
SLOWER_MAX = 2.0
"""By how much a good client may be slowed down, at the 99th percentile."""
CREATE = (
    'mutation($v:Visibility!){createParty(input:{settings:{visibility:$v,password:"open sesame"}})'
    "{...on PartyChanged{party{id}}}}"
)


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attack that was made. `before`, `meanwhile` and `after`: good clients. `times`: how often it was made until it was this
    one; one that slows them down is made once more, and the second time counts."""

    attack: Attack
    outcome: Outcome
    took_s: float
    before: Fare
    meanwhile: Fare
    after: Fare
    times: int = 1

    @property
    def usual_p99_ms(self) -> float:
        """Of a good client's requests: before or after, whichever is longer."""
        return max(self.before.requests.p99_ms, self.after.requests.p99_ms)

    @property
    def slower(self) -> float:
        """How many times as long as usual a good client waited, at the 99th percentile."""
        return self.meanwhile.requests.p99_ms / self.usual_p99_ms if self.usual_p99_ms else 0.0

    @property
    def is_felt_by_queries(self) -> bool:
        """The same of queries alone: they wait for no disk, and a moment of the server's is more to them. It fails nothing."""
        usual_ms = max(self.before.queries.p99_ms, self.after.queries.p99_ms)
        return self.meanwhile.queries.p99_ms > SLOWER_MAX * usual_ms

    @property
    def is_felt(self) -> bool:
        """Whether a good client waited for more than twice as long as usual."""
        return self.slower > SLOWER_MAX


async def attempted(
    target: Target, seconds: float, most: int, names: Sequence[str], tell: Callable[[Attempted], None]
) -> list[Attempted]:
    """Make the attacks whose names have one of `names` in them; all of them where there are none."""
    wanted = [attack for attack in ALL if not names or any(name in attack.name for name in names)]
    made: list[Attempted] = []
    with attackers(most) as eves:
        async with witness(target) as good:
            run = _Run(target, seconds, most, eves, good)
            await run.begin()
            for attack in wanted:
                made.append(await run.made(attack))
                tell(made[-1])
    return made


class _Run:
    """How good clients fare is looked at between two attacks once, for both of them."""

    def __init__(self, target: Target, seconds: float, most: int, eves: Attackers, good: Witness) -> None:
        self._target = target
        self._seconds = seconds
        self._most = most
        self._eves = eves
        self._good = good
        self._addresses = 0

    async def begin(self) -> None:
        await self._good.watches(REST_S + self._seconds)  # until they are up, and the server has seen what they do
        self._before = await self._good.watches(self._seconds)

    async def made(self, attack: Attack) -> Attempted:
        made = await self._once(attack, 1)
        return await self._once(attack, 2) if made.is_felt else made

    async def _once(self, attack: Attack, times: int) -> Attempted:
        arena = await self._arena()
        began_s = time.monotonic()
        outcome = await self._eves.make(attack.name, arena)
        took_s = time.monotonic() - began_s
        meanwhile = await self._good.fared(began_s)
        await asyncio.sleep(min(REST_S, self._seconds))
        after = await self._good.watches(self._seconds)
        before, self._before = self._before, after
        _judge(outcome, meanwhile)
        return Attempted(attack, outcome, took_s, before, meanwhile, after, times)

    async def _arena(self) -> Arena:
        """With an address and victims of its own: a party whose leader says nothing is closed after a while."""
        origin = self._target.attacked_from(self._addresses)
        self._addresses += 1
        victim, host, eve = [await guest(origin, name) for name in ("Victim", "Host", "Eve")]
        party_id, listed_id = await _party_of(origin, victim, "PRIVATE"), await _party_of(origin, host, "PUBLIC")
        return Arena(origin, self._seconds, self._most, victim, party_id, listed_id, eve)


def _judge(outcome: Outcome, good: Fare) -> None:
    if good.requests.slowest_ms > SLOW_S * 1000:
        outcome.fault(f"a good client waited for {good.requests.slowest_ms:.0f} ms")
    if good.failed:
        outcome.fault(f"{good.failed} of good clients' requests came to nothing")


async def _party_of(target: Target, leader: Guest, visibility: str) -> str:
    answer = await post(target, operation(CREATE, v=visibility), leader.token)
    party_id: str = json.loads(answer.body)["data"]["createParty"]["party"]["id"]
    return party_id
