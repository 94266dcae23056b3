"""The ways into a party: create it, join it by id or code, enter it by an external key, or let the server choose it."""

from __future__ import annotations

from lobby.app.command_handler import NOBODY, CommandHandler, ProposedChange
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_proposals import JoinProposals, block_check, is_member
from lobby.app.quick_join import QuickJoins
from lobby.domain import text
from lobby.domain.blocks import BlockScope
from lobby.domain.commands import CreateParty, JoinParty
from lobby.domain.listing import PartyFilter
from lobby.domain.model import Party, Player
from lobby.domain.rejections import NOT_FOUND, Rejection, invalid
from lobby.domain.rules.decide import decide
from lobby.domain.values import PartyId, PlayerId
from lobby.limits.rate_limiter import rate_limited
from lobby.ports import Conflict, PlayerConnections
from lobby.runtime.ids import read_join_code
from lobby.struct import Struct, replace


class JoinTarget(Struct):
    """Which party to join: exactly one of id and code."""

    party_id: PartyId | None = None
    join_code: str | None = None
    address: str = ""
    """The client's address. Wrong codes are also counted by address, because new players cost an attacker nothing."""


class JoinService:
    """The ways into a party. `leave_current`: leave the party that the player is in, in the same atomic step."""

    def __init__(self, handler: CommandHandler, connections: PlayerConnections) -> None:
        self._handler = handler
        self._store = handler.store
        self.proposals = JoinProposals(handler, connections)
        """Invites and saved runs use it, too."""
        self.quick_joins = QuickJoins(handler, self.proposals)

    async def create(
        self, command: CreateParty, leave_current: bool = False, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """Create a party. The actor is its first member and leader; a game server may create an empty one without an actor."""

        async def propose() -> ProposedChange | Rejection:
            return await self.proposals.propose_creation(command, leave_current, slot)

        actor_id = command.actor.id if command.actor else NOBODY
        with self.proposals.creation_slot() as slot:
            return await self._handler.commit(propose, actor_id, idempotency_key, "create_party", (command,))

    async def join(
        self,
        target: JoinTarget,
        command: JoinParty,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Join the party that `target` names."""
        if (target.party_id is None) == (target.join_code is None):
            return invalid("party_id", "Give exactly one of partyId and joinCode.")

        async def propose() -> ProposedChange | Rejection:
            party = await self._find_party(target, command.actor)
            if party is None or isinstance(party, Rejection):
                return party or NOT_FOUND
            by_code = target.join_code is not None
            return await self.proposals.propose_join(party, replace(command, by_code=by_code), leave_current)

        return await self._handler.commit(propose, command.actor.id, idempotency_key, "join_party", (command,))

    async def enter(
        self,
        create: CreateParty,
        command: JoinParty,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Join the live party with the external key of `create`, or execute `create` if no party has the key."""
        external_key = create.external_key
        assert external_key is not None, "a party is entered by its external key"
        rejection = text.check_external_key("external_key", external_key)

        async def propose() -> ProposedChange | Rejection:
            slot.withdraw()
            if rejection is not None:
                return rejection
            party_id = await self._store.party_of_external_key(external_key)
            if party_id is None:
                return await self.proposals.propose_creation(create, leave_current, slot)
            party = await self._store.latest(party_id)
            if party is None or party.is_closed:
                raise Conflict("the party has closed in the meantime")
            return await self.proposals.propose_join(party, replace(command, by_external_key=True), leave_current)

        with self.proposals.creation_slot() as slot:
            return await self._handler.commit(propose, command.actor.id, idempotency_key, "enter_party")

    async def verdict(self, party: Party, command: JoinParty) -> Rejection | None:
        """The rejection that the actor would get on joining `party` as it is; None for a success. Nothing is committed.

        `command` has no password, so no password work is done and no attempt is counted. Raises `Unavailable`.
        """
        assert command.password is None, "a password would need work"
        now, bounds = self._handler.clock.now(), self._handler.bounds
        is_blocked = await self.proposals.finds_block(block_check(party, command.actor.id, BlockScope.LEADER))
        command = replace(command, is_blocked=is_blocked)
        decision = decide(party, command, now, bounds)
        if not isinstance(decision, Rejection):
            current = await self.proposals.current_party(command.actor)
            is_in_other_party = current is not None and current.id != party.id and is_member(current, command.actor)
            decision = decide(party, replace(command, is_in_other_party=is_in_other_party), now, bounds)
        return decision if isinstance(decision, Rejection) else None

    async def quick_join(
        self,
        command: JoinParty,
        wanted: PartyFilter,
        create: CreateParty | None,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Join the fullest party without a password that accepts the player; of equally full ones the oldest. Without such a
        party execute `create`."""
        return await self.quick_joins.execute(command, wanted, create, leave_current, idempotency_key)

    async def _find_party(self, target: JoinTarget, actor: Player) -> Party | Rejection | None:
        if target.join_code is not None:
            party = await self.find_party_by_code(target.join_code, target.address, actor.id)
            if party is None:
                await self.proposals.read_as_missing(actor)
            return party
        return await self.proposals.find_party(target.party_id, actor) if target.party_id is not None else None

    async def find_party_by_code(
        self, join_code: str, address: str, player_id: PlayerId | None = None
    ) -> Party | Rejection | None:
        """The party with this code, or the closed party that had it until a short while ago. None: there is no such party.

        Wrong codes are counted. Past the limit right codes are rejected too, or an attacker could recognize them. Raises
        `Unavailable`.
        """
        code = read_join_code(join_code)
        if code is None:
            return None
        limiters, now = self._handler.attempts, self._handler.clock.now()
        by_key = ((limiters.codes_of_player, player_id), (limiters.codes_of_address, address))
        counted = [(limiter, (key,)) for limiter, key in by_key if limiter is not None and key]
        wait_ms = max([await limiter.wait_ms(key, now) for limiter, key in counted], default=0)
        if wait_ms:
            return replace(rate_limited("Too many wrong codes.", wait_ms), field="join_code")
        party_id = await self._store.party_of_code(code)
        if party_id is None:
            for limiter, key in counted:
                await limiter.take(key, now)
            return None
        return await self._store.latest(party_id)
