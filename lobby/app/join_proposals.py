"""The changes that every way into a party commits: a new party, or a join, which may leave the current party in the same step.

A block keeps a player out of a party (`lobby.domain.blocks`): a block of its leader, if the player names the party, and one of
anybody in it, if the server chooses the party. The store checks that again in the commit that seats the player.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from lobby.app.command_handler import CommandHandler, ProposedChange
from lobby.app.commits_in_flight import CreationSlot, PartiesInCreation
from lobby.domain.blocks import BlockCheck, BlockScope, check_blocks
from lobby.domain.commands import Command, ContinueRun, CreateParty, JoinParty, LeaveParty
from lobby.domain.model import Party, Player
from lobby.domain.passwords import PasswordWork
from lobby.domain.rejections import Rejection
from lobby.domain.rules import Decision
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.rules.joining import reject_other_party
from lobby.domain.values import LeaveReason, PartyId, PlayerId, ReservationReason
from lobby.ports import Change, Conflict, PlayerConnections, Store
from lobby.runtime.ids import new_epoch, new_id, new_join_code
from lobby.struct import replace


class JoinProposals:
    """Changes for `CommandHandler.commit`. `leave_current`: leave the party that the player is in, in the same atomic step."""

    def __init__(self, handler: CommandHandler, connections: PlayerConnections) -> None:
        self._handler = handler
        self._store = handler.store
        self._connections = connections
        self.in_creation = PartiesInCreation()

    def creation_slot(self) -> AbstractContextManager[CreationSlot]:
        """A slot for one command that may create a party, see `propose_creation`."""
        return self.in_creation.slot()

    async def propose_creation(
        self, command: CreateParty | ContinueRun, leave_current: bool, slot: CreationSlot
    ) -> ProposedChange | Rejection:
        """A new party, of which the actor becomes the first member. `slot` shows it to quick joins before it is there."""
        party_id = new_id()
        decision = self._decide_creation(party_id, command)
        if isinstance(decision, tuple):
            slot.announce(decision[-1].party)
        current = await self.current_party(command.actor)
        if is_member(current, command.actor) and not leave_current:
            return reject_other_party(current)
        if isinstance(decision, PasswordWork):
            hashed = await self._handler.with_password_work(command, party_id, decision)
            decision = hashed if isinstance(hashed, Rejection) else self._decide_creation(party_id, hashed)
        if isinstance(decision, Rejection):
            return decision
        assert isinstance(decision, tuple), "a password is hashed once"
        return self._leave_for(ProposedChange.from_entries(None, decision), command.actor, current)

    def _decide_creation(self, party_id: PartyId, command: Command) -> Decision:
        assert isinstance(command, CreateParty | ContinueRun)
        now, bounds = self._handler.clock.now(), self._handler.bounds
        return decide_creation(command, party_id, new_epoch(), new_join_code(), now, bounds)

    async def propose_join(
        self, party: Party, command: JoinParty, leave_current: bool, block_scope: BlockScope = BlockScope.LEADER
    ) -> ProposedChange | Rejection:
        """The actor joins `party`, or waits for a seat there, and leaves the current party in the same step.

        `block_scope`: whose blocks keep the actor out.
        """
        actor_id = command.actor.id
        current_id = await self._store.party_of_player(actor_id)
        is_blocked = await self.finds_block(block_check(party, actor_id, block_scope))
        is_elsewhere = current_id is not None and current_id != party.id
        current = await self._store.latest(current_id) if is_elsewhere and current_id is not None else None
        command = replace(
            command,
            is_in_other_party=is_member(current, command.actor) and not leave_current,
            is_blocked=is_blocked,
            connected=await next_on_list(party, self._store, self._connections),
        )
        proposed = await self._handler.propose(party, command)
        if isinstance(proposed, Rejection) or not proposed.changes:
            return proposed
        joined = proposed.changes[-1].before or party  # password work takes time, and the party may have changed since
        check = block_check(joined, actor_id, block_scope)
        is_seated = proposed.party.member(actor_id) is not None or not joined.claims(actor_id)
        if check is not None and is_seated:
            proposed = replace(proposed, block_checks=(check,))
        return self._leave_for(proposed, command.actor, current)

    async def find_party(self, party_id: PartyId, actor: Player) -> Party | None:
        """The latest state of a party that the actor wants to join; see `propose_join`."""
        party = await self._store.latest(party_id)
        if party is None:
            await self.read_as_missing(actor)
        return party

    async def finds_block(self, check: BlockCheck | None) -> bool:
        return check is not None and await self._store.finds_block((check,))

    async def read_as_missing(self, actor: Player) -> None:
        """Do the reads of `propose_join` for a party that does not exist, so that the answer takes as long as for a party that
        must stay secret."""
        await self._store.party_of_player(actor.id)
        await self.finds_block(BlockCheck(actor.id, (actor.id,)))

    def _leave_for(
        self, proposed: ProposedChange, actor: Player | None, current: Party | None
    ) -> ProposedChange | Rejection:
        """`proposed`, and in the same step the actor leaves `current`, or its waiting list. The actor may have moved to another
        party in the meantime, such as while a password is hashed: then the commit raises `Conflict`."""
        if current is None or actor is None:
            return proposed
        at = proposed.changes[0].entries[0].at
        leaving = decide(current, LeaveParty(actor, LeaveReason.JOINED_ANOTHER), at, self._handler.bounds)
        if not isinstance(leaving, tuple) or not leaving:
            raise Conflict("the actor has left in the meantime")
        return replace(proposed, changes=(Change(current, leaving), *proposed.changes))

    async def party_id_of_member(self, actor: Player) -> PartyId | None:
        """The party that the actor is a member of. A player on a waiting list is in no party."""
        current = await self.current_party(actor)
        return current.id if current is not None and is_member(current, actor) else None

    async def current_party(self, actor: Player | None) -> Party | None:
        """The party that the actor is a member of, or waits for."""
        if actor is None:
            return None
        party_id = await self._store.party_of_player(actor.id)
        return await self._store.latest(party_id) if party_id is not None else None


def is_member(party: Party | None, player: Player | None) -> bool:
    return party is not None and player is not None and party.member(player.id) is not None


_CHOSEN_BY_SERVER = frozenset({ReservationReason.WAITLIST, ReservationReason.MATCH})


def block_check(party: Party, player_id: PlayerId, scope: BlockScope) -> BlockCheck | None:
    """As `check_blocks`. The server chose the player for a seat that is held from the waiting list or by a match, or that comes
    free for a player on that list: then the blocks of everybody count."""
    held = party.reservation(player_id)
    is_chosen = party.is_waiting(player_id) or (held is not None and held.reason in _CHOSEN_BY_SERVER)
    return check_blocks(party, player_id, BlockScope.EVERYBODY if is_chosen else scope)


async def next_on_list(party: Party, store: Store, connections: PlayerConnections) -> tuple[PlayerId, ...]:
    """The players on the waiting list who could have a free seat now, in their order: they are connected, and there is no block
    between them and anybody in the party. Nobody if no seat is free. May raise `Unavailable`."""
    if party.free_seats == 0:
        return ()
    found: list[PlayerId] = []
    for waiting in party.waiting:
        player_id = waiting.player.id
        if await connections.is_connected_to_inbox(player_id):
            check = check_blocks(party, player_id, BlockScope.EVERYBODY)
            if check is None or not await store.finds_block((check,)):
                found.append(player_id)
    return tuple(found)
