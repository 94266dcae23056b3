"""The states of parties that commits of this node will make, until the servers have answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from lobby.domain.model import Party
from lobby.domain.values import PartyId
from lobby.ports import Change


@dataclass(slots=True, eq=False)
class PendingState:
    """A party as it will be after a commit that is on its way. `commit_id`: of that commit."""

    party: Party
    commit_id: str
    previous: PendingState | None
    """The pending state that the commit was decided on. None: that state is durable."""
    is_ended: bool = False
    """True if the commit has returned or failed."""
    waiter: asyncio.Future[None] | None = None
    """The commit that was decided on this state, if it waits for the end."""

    async def wait_previous(self) -> None:
        """Return once the commit before has ended: the calls of `Store.commit` for one party return in the order of its log."""
        if self.previous is not None and not self.previous.is_ended:
            self.previous.waiter = asyncio.get_running_loop().create_future()
            await self.previous.waiter


class PendingStates:
    """The next command of a party is decided on its newest pending state, and its commit is sent right behind the other one.

    All calls to one server share a connection and arrive in order, and the server compares the commit that made the state. So a
    commit that was decided on the state of a failed one fails with `Conflict`, and is decided again. Without this, if the members
    of a party act at the same moment, all but one lose the race and are decided again: under load a mutation took 2.6 calls.
    """

    def __init__(self) -> None:
        self._newest: dict[PartyId, PendingState] = {}

    def newest(self, party_id: PartyId) -> PendingState | None:
        return self._newest.get(party_id)

    def add(self, change: Change, commit_id: str) -> PendingState | None:
        """The state that `change` will make, as the newest one. None: the change was decided on an older state, so it will fail
        unless the commits of the newer ones do."""
        party = change.after
        previous = self._newest.get(party.id)
        if previous is not None and previous.party is not change.before:
            return None
        state = self._newest[party.id] = PendingState(party, commit_id, previous)
        return state

    def remove(self, state: PendingState) -> None:
        """The commit stands, and its state is durable."""
        if self._newest.get(state.party.id) is state:
            del self._newest[state.party.id]
        _end(state)

    def remove_failed(self, state: PendingState) -> None:
        """The commit has failed: no command may be decided on its state any more, or on one that was decided on it."""
        later = self._newest.get(state.party.id)
        while later is not None and later is not state:
            later = later.previous
        if later is not None:
            del self._newest[state.party.id]
        _end(state)


def _end(state: PendingState) -> None:
    state.is_ended = True
    state.previous = None  # otherwise each state would keep all earlier ones
    if state.waiter is not None and not state.waiter.done():
        state.waiter.set_result(None)
