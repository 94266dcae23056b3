"""Quick join: the search for the party that fits a player best, also among those that other quick joins are creating."""

from __future__ import annotations

from dataclasses import dataclass

from lobby.app.command_handler import CommandHandler, ProposedChange
from lobby.app.commits_in_flight import JoinInFlight, JoinQueues, PartyInCreation
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_proposals import JoinProposals
from lobby.domain.blocks import BlockScope
from lobby.domain.commands import CreateParty, JoinParty
from lobby.domain.listing import PartyFilter, PartySort
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.joining import reject_other_party
from lobby.domain.values import PartyId
from lobby.ports import PartyQuery
from lobby.struct import replace

CANDIDATES = (6, 50)
"""How many parties a quick join reads from the list, and how many if none of those accepts the player. Then it decides that none
fits. The second read begins at the front, too: a party that fills up between two pages moves to a page that was read already."""
SEARCHES_MAX = 32
"""Searches of one quick join. It searches again after each party in creation that it could not join: with 64 players at once that
happens eight times to the last of them. A quick join that gives up creates a party too many."""
_TRY_THE_NEXT_PARTY = frozenset(
    {
        RejectionCode.PARTY_FULL,
        RejectionCode.PARTY_LOCKED,
        RejectionCode.PARTY_CLOSED,
        RejectionCode.VERSION_MISMATCH,
        RejectionCode.PARTY_STARTING,
        RejectionCode.LATE_JOIN_DENIED,
        RejectionCode.WRONG_PASSWORD,
        RejectionCode.BANNED,
        RejectionCode.KICK_COOLDOWN,
        RejectionCode.CLASS_TAKEN,
        RejectionCode.SEARCHING,
        RejectionCode.NOT_FOUND,
    }
)
"""Rejections that depend on the party, so that another one may accept the player."""


@dataclass(slots=True)
class _Search:
    """One quick join. It may be proposed several times."""

    command: JoinParty
    wanted: PartyFilter
    leave_current: bool
    join: JoinInFlight | None = None
    """The place in the queue of the party that the search has chosen."""


def _joinable(command: JoinParty, wanted: PartyFilter) -> PartyFilter:
    """`wanted` without the parties that would refuse the player anyway: with a password, or for another version of the game."""
    own = command.client_version or ""
    version = own if wanted.client_version in (None, own) else ""
    return replace(wanted, has_password=False, client_version=version)


class QuickJoins:
    """The quick joins of one node. Those that choose the same party at the same time queue for its seats."""

    def __init__(self, handler: CommandHandler, proposals: JoinProposals) -> None:
        self._handler = handler
        self._store = handler.store
        self._proposals = proposals
        self.queues = JoinQueues()

    async def execute(
        self,
        command: JoinParty,
        wanted: PartyFilter,
        create: CreateParty | None,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Join the fullest party without a password that accepts the player; of equally full ones the oldest. Without such a
        party execute `create`."""

        search = _Search(command, _joinable(command, wanted), leave_current)

        async def propose() -> ProposedChange | Rejection:
            slot.withdraw()
            proposed = await self._propose_again(search) or await self._propose_match(search)
            if proposed is not None:
                return proposed
            if create is not None:
                return await self._proposals.propose_creation(create, leave_current, slot)
            return Rejection(RejectionCode.NOT_FOUND, "No party fits.", retryable=True)

        try:
            with self._proposals.in_creation.slot() as slot:
                commands = (command,) if create is None else (command, create)
                return await self._handler.commit(propose, command.actor.id, idempotency_key, "quick_join", commands)
        finally:
            self._leave_queue(search)

    async def _propose_again(self, search: _Search) -> ProposedChange | Rejection | None:
        """Propose the same party again after a lost race, from the same place in its queue.

        A search that left the queue could find no other free seat, and would create a party too many: the next one in the queue
        would take its seat, and leave its own party empty.
        """
        if search.join is None:
            return None
        current_id = await self._proposals.party_id_of_member(search.command.actor)
        party = await self._store.latest(search.join.party_id)
        if party is None or party.id == current_id or (current_id is not None and not search.leave_current):
            self._leave_queue(search)
            return None
        return await self._propose_queued(search, party, search.join)

    async def _propose_match(self, search: _Search) -> ProposedChange | Rejection | None:
        """None: no party accepts the player, neither one on the list nor one that this node is creating. Then nothing has been
        awaited since the last look at the parties in creation."""
        for _ in range(SEARCHES_MAX):
            ended_count = self._proposals.in_creation.ended_count
            current_id = await self._proposals.party_id_of_member(search.command.actor)
            if current_id is not None and not search.leave_current:
                return reject_other_party(await self._store.latest(current_id))
            proposed = await self._propose_listed(search, current_id)
            if proposed is not None:
                return proposed
            creation = self._proposals.in_creation.reserve_seat(search.wanted)
            if creation is not None:
                proposed = await self._propose_created(search, creation, current_id)
                if proposed is not None:
                    return proposed
            elif not self._proposals.in_creation.has_ended_since(ended_count, search.wanted):
                break
        return None

    async def _propose_listed(self, search: _Search, current_id: PartyId | None) -> ProposedChange | Rejection | None:
        """None: no party on the list accepts the player. A Rejection: no other party would accept the player either."""
        for first in CANDIDATES:
            page = await self._store.parties(PartyQuery(search.wanted, PartySort.FULLEST, first))
            for listed in page.items:
                latest = await self._store.latest(listed.id)
                if latest is None or listed.id == current_id:
                    continue
                proposed = await self._propose_candidate(search, latest if latest.version > listed.version else listed)
                if proposed is not None:
                    return proposed
            if not page.has_next:
                break
        return None

    async def _propose_candidate(self, search: _Search, party: Party) -> ProposedChange | Rejection | None:
        """None: another party may accept the player. Otherwise the search stays in the queue of the party."""
        if party.free_seats <= len(self.queues.ahead(party)):
            return None
        search.join = self.queues.enter(party.id, search.command.actor.id)
        return await self._propose_queued(search, party, search.join)

    async def _propose_created(
        self, search: _Search, creation: PartyInCreation, current_id: PartyId | None
    ) -> ProposedChange | Rejection | None:
        """As `_propose_candidate`, for a party in which the search has reserved a seat before it is there."""
        search.join = self.queues.enter(creation.party.id, search.command.actor.id)
        await creation.wait()
        party = await self._store.latest(creation.party.id)
        if party is None or await self._proposals.party_id_of_member(search.command.actor) != current_id:
            self._leave_queue(search)
            return None
        return await self._propose_queued(search, party, search.join)

    async def _propose_queued(
        self, search: _Search, party: Party, join: JoinInFlight
    ) -> ProposedChange | Rejection | None:
        ahead = self.queues.ahead(party, join)
        if ahead:
            await ahead[-1].wait()
            party = await self._store.latest(party.id) or party
        proposed = await self._proposals.propose_join(party, search.command, search.leave_current, BlockScope.EVERYBODY)
        if not isinstance(proposed, Rejection) or proposed.code not in _TRY_THE_NEXT_PARTY:
            return proposed
        self._leave_queue(search)
        return None

    def _leave_queue(self, search: _Search) -> None:
        """Let the next quick join of the same party go on."""
        if search.join is not None:
            self.queues.leave(search.join)
            search.join = None
