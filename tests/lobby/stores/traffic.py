"""Random commands of many players at once, on a disk that sometimes fails."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from lobby.domain import commands as c
from lobby.domain.model import Party, Player
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rules.decide import decide
from lobby.domain.values import PartyId, Visibility
from lobby.ports import Change, Commit, Conflict, Store, Unavailable
from tests.lobby.stores.changes import AT, BOUNDS, create, party_move, player, record_of
from tests.lobby.stores.write_blocker import WriteBlocker

PLAYERS = [player(f"player{count}") for count in range(12)]
STEP_MS = 1_000


@dataclass(slots=True)
class Traffic:
    store: Store
    write_blocker: WriteBlocker
    chance: random.Random
    party_ids: list[PartyId] = field(default_factory=list)
    answered: dict[PartyId, int] = field(default_factory=dict)
    """By party, the version of the last commit that returned."""
    failures: int = 0
    conflicts: int = 0
    at: int = AT

    async def run(self, steps: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(steps):
                self.at += STEP_MS
                if self.chance.random() < 0.02:
                    self.write_blocker.fail_next()
                group.create_task(self.step())
                if self.chance.random() < 0.3:
                    await asyncio.sleep(0)

    async def step(self) -> None:
        try:
            await self.act_once()
        except Unavailable:
            self.failures += 1
        except Conflict:
            self.conflicts += 1

    async def act_once(self) -> None:
        who = self.chance.choice(PLAYERS)
        seat = await self.store.party_of_player(who.id)
        if seat is None and (not self.party_ids or self.chance.random() < 0.3):
            self.party_ids.append(f"p{len(self.party_ids)}")
            party = await create(self.store, who, self.party_ids[-1], at=self.at)
            self.answered[party.id] = party.version
        elif seat is None or self.chance.random() < 0.1:
            await self.enter(who, seat)
        else:
            await self.act(seat, self.command(who))

    async def enter(self, who: Player, seat: PartyId | None) -> None:
        party = await self.store.latest(self.chance.choice(self.party_ids))
        old = await self.store.latest(seat) if seat is not None else None
        if party is None or not self.changes(party, c.JoinParty(who)):
            return
        if old is None:
            await self.commit(Commit(self.changes(party, c.JoinParty(who))))
        elif old.id != party.id and old.member(who.id) is not None:  # the player may have moved since `party_of_player`
            await self.commit(party_move(who, old, party))

    async def act(self, party_id: PartyId, command: c.Command) -> None:
        party = await self.store.latest(party_id)
        if party is None:
            return
        changes = self.changes(party, command)
        record = record_of(changes[0].after if changes else party, key=f"key{self.at}", at=self.at)
        await self.commit(Commit(changes, record if self.chance.random() < 0.5 else None))

    async def commit(self, commit: Commit) -> None:
        await self.store.commit(commit)
        for change in commit.changes:
            self.answered[change.after.id] = max(change.after.version, self.answered.get(change.after.id, 0))

    def changes(self, party: Party, command: c.Command) -> tuple[Change, ...]:
        entries = decide(party, command, self.at, BOUNDS)
        return (Change(party, entries),) if isinstance(entries, tuple) and entries else ()

    def command(self, who: Player) -> c.Command:
        chance = self.chance
        session_id = f"s{chance.randrange(20)}"
        return chance.choice(
            (
                c.LeaveParty(who),
                c.PostMessage(who, "hello"),
                c.SetReady(who, chance.random() < 0.5, 1),
                c.SetPresence(who.id, chance.random() < 0.7),
                c.StartSession(who, session_id, force=True),
                c.CancelStart(who),
                c.BeginSession(session_id),
                c.CompleteSession(who, session_id),
                c.RotateJoinCode(who, f"CODE{self.at}"),
                c.UpdateParty(who, SettingsPatch(locked=chance.random() < 0.3)),
                c.UpdateParty(who, SettingsPatch(visibility=chance.choice(list(Visibility)))),
                c.UpdateParty(who, SettingsPatch(name=f"Name {chance.randrange(5)}")),
                c.MeetDeadlines(),
            )
        )
