"""Getting into a party: create, join, quick join; where wished, leaving another one in the same step."""

from __future__ import annotations

from lobby.domain.commands import Command, CreateParty, JoinParty, LeaveParty
from lobby.domain.listing import PartyFilter, PartySort
from lobby.domain.model import Party, Player
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode, invalid
from lobby.domain.rules.decide import decide, found
from lobby.domain.rules.joining import already_in_party
from lobby.domain.rules.outcome import Decision, PasswordWork
from lobby.domain.values import LeaveReason, PartyId
from lobby.mint import new_epoch, new_id, new_join_code, read_join_code
from lobby.ports import Change, Conflict, PartyQuery
from lobby.rates.commanding import too_often
from lobby.service import NOBODY, Done, Draft, Lobby, Once, drafted_change
from lobby.value import Value, changed

CANDIDATES_MAX = 50
"""Parties that one quick join tries before it counts as nothing found."""
_WORTH_THE_NEXT = frozenset(
    {
        RejectionCode.PARTY_FULL,
        RejectionCode.PARTY_LOCKED,
        RejectionCode.PARTY_CLOSED,
        RejectionCode.PARTY_STARTING,
        RejectionCode.LATE_JOIN_DENIED,
        RejectionCode.WRONG_PASSWORD,
        RejectionCode.BANNED,
        RejectionCode.KICK_COOLDOWN,
        RejectionCode.CLASS_TAKEN,
        RejectionCode.NOT_FOUND,
    }
)
"""What may be true of one party and not of the next."""


class Target(Value):
    """Which party to join: exactly one of the two."""

    party_id: PartyId | None = None
    join_code: str | None = None
    address: str = ""
    """Where the wish comes from: nobody guesses codes without end by becoming ever new players."""


class Entrance:
    """The ways into a party. `leave_current`: leave the party that the player is in, in the same atomic step."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self._store = lobby.store

    async def create(
        self, command: CreateParty, leave_current: bool = False, once: Once | None = None
    ) -> Done | Rejection:
        actor = command.actor

        async def draft() -> Draft | Rejection:
            return await self._created(command, leave_current)

        return await self._lobby.commit(draft, actor.id if actor else NOBODY, once, "create_party")

    async def join(
        self,
        target: Target,
        command: JoinParty,
        leave_current: bool = False,
        once: Once | None = None,
    ) -> Done | Rejection:
        if (target.party_id is None) == (target.join_code is None):
            return invalid("party_id", "Give exactly one of partyId and joinCode.")

        async def draft() -> Draft | Rejection:
            party = await self._party(target, command.actor)
            if party is None or isinstance(party, Rejection):
                return party or NOT_FOUND
            by_code = target.join_code is not None
            return await self._joined(party, changed(command, by_code=by_code), leave_current)

        return await self._lobby.commit(draft, command.actor.id, once, "join_party")

    async def quick_join(
        self,
        command: JoinParty,
        wanted: PartyFilter,
        create: CreateParty | None,
        leave_current: bool = False,
        once: Once | None = None,
    ) -> Done | Rejection:
        """The fullest party without a password that takes the player in, then the oldest, then `create`."""

        async def draft() -> Draft | Rejection:
            seat = await self._store.seat_of(command.actor.id)
            if seat is not None and not leave_current:
                return already_in_party(await self._store.newest(seat))
            drafted = await self._first_that_fits(command, wanted, seat)
            if drafted is not None:
                return drafted
            if create is not None:
                return await self._created(create, leave_current)
            return Rejection(RejectionCode.NOT_FOUND, "No party fits.", retryable=True)

        return await self._lobby.commit(draft, command.actor.id, once, "quick_join")

    async def _first_that_fits(
        self, command: JoinParty, wanted: PartyFilter, seat: PartyId | None
    ) -> Draft | Rejection | None:
        """None: no party takes the player in. A Rejection: no other party would be better."""
        query = PartyQuery(changed(wanted, has_password=False), PartySort.FULLEST, CANDIDATES_MAX)
        for listed in (await self._store.parties(query)).items:
            party = await self._store.newest(listed.id)
            if party is None or party.id == seat:
                continue
            drafted = await self._joined(party, command, leave_current=True)
            if not isinstance(drafted, Rejection) or drafted.code not in _WORTH_THE_NEXT:
                return drafted
        return None

    async def _party(self, target: Target, actor: Player) -> Party | Rejection | None:
        if target.join_code is not None:
            return await self._party_of_code(target, actor)
        return await self._store.newest(target.party_id) if target.party_id is not None else None

    async def _party_of_code(self, target: Target, actor: Player) -> Party | Rejection | None:
        """Wrong codes are counted; past the bound a right one has to wait as well, or it would be told from a wrong one."""
        code = read_join_code(target.join_code or "")
        if code is None:
            return None
        tries, now = self._lobby.tries, self._lobby.clock.now()
        counts = ((tries.codes_of_player, actor.id), (tries.codes_of_address, target.address))
        counted = [(attempts, (who,)) for attempts, who in counts if attempts is not None and who]
        wait_ms = max([await attempts.wait_ms(who, now) for attempts, who in counted], default=0)
        if wait_ms:
            return changed(too_often("Too many wrong codes.", wait_ms), field="join_code")
        party_id = await self._store.party_of_code(code)
        if party_id is None:
            for attempts, who in counted:
                await attempts.take(who, now)
            return None
        return await self._store.newest(party_id)

    async def _created(self, command: CreateParty, leave_current: bool) -> Draft | Rejection:
        current = await self._current(command.actor)
        if current is not None and not leave_current:
            return already_in_party(current)
        party_id = new_id()
        decision = self._found(party_id, command)
        if isinstance(decision, PasswordWork):
            worked = await self._lobby.worked(command, party_id, decision)
            decision = worked if isinstance(worked, Rejection) else self._found(party_id, worked)
        if isinstance(decision, Rejection):
            return decision
        assert isinstance(decision, tuple), "a password is hashed once"
        return self._moved(command.actor, drafted_change(None, decision), current)

    def _found(self, party_id: PartyId, command: Command) -> Decision:
        assert isinstance(command, CreateParty)
        lobby = self._lobby
        return found(command, party_id, new_epoch(), new_join_code(), lobby.clock.now(), lobby.bounds)

    async def _joined(self, party: Party, command: JoinParty, leave_current: bool) -> Draft | Rejection:
        seat = await self._store.seat_of(command.actor.id)
        elsewhere = seat is not None and seat != party.id and not leave_current
        drafted = await self._lobby.drafted(party, changed(command, elsewhere=elsewhere))
        if isinstance(drafted, Rejection) or not drafted.changes:
            return drafted
        is_move = seat is not None and seat != party.id
        current = await self._store.newest(seat) if is_move and seat is not None else None
        return self._moved(command.actor, drafted, current)

    def _moved(self, actor: Player | None, entered: Draft, current: Party | None) -> Draft | Rejection:
        """`entered`, with the party that the actor leaves for it. Should the actor's seat have moved since it was looked up,
        as it may while a password is hashed, the commit finds it taken."""
        if current is None or actor is None:
            return entered
        lobby = self._lobby
        left = decide(current, LeaveParty(actor, LeaveReason.JOINED_ANOTHER), lobby.clock.now(), lobby.bounds)
        if not isinstance(left, tuple):
            raise Conflict("the actor's seat moved meanwhile")
        return Draft(entered.party, (Change(current, left), *entered.changes))

    async def _current(self, actor: Player | None) -> Party | None:
        if actor is None:
            return None
        seat = await self._store.seat_of(actor.id)
        return await self._store.newest(seat) if seat is not None else None
