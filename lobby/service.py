"""The one door for every command: load, decide, append, signal."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter

from lobby.auth.passwords import Passwords
from lobby.domain.bounds import Bounds
from lobby.domain.commands import Command, CreateParty, JoinParty, PasswordProof, UpdateParty
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.rules.outcome import PasswordToHash, PasswordToVerify, PasswordWork
from lobby.domain.standing import can_see
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.ports import Change, Clock, Commit, Conflict, IdempotencyRecord, Signals, Store, Unavailable
from lobby.rates.attempts import Tries
from lobby.rates.commanding import CommandRates, too_often
from lobby.tally import Tally, name_of
from lobby.value import Value, changed

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 16
"""Each lost race means that somebody else's command went through; past this many the caller is asked to come again."""
RETRY_AFTER_MS = 1_000

GAME_SERVERS: PlayerId = "game servers"
"""Whose idempotency keys a game server uses. No player's id is like it."""
NOBODY: PlayerId = "nobody"
"""Whose keys they are where a party is made without its first member."""

_UNCOUNTED = frozenset({GAME_SERVERS, NOBODY})
"""They stand for many. The server's own commands go by the first, too."""

UNAVAILABLE = Rejection(
    RejectionCode.UNAVAILABLE,
    "The lobby can't do this right now.",
    retryable=True,
    retry_after_ms=RETRY_AFTER_MS,
)
_NO_SESSION = Rejection(RejectionCode.NOT_FOUND, "There is no such session.", field="session_id")
"""For the session of a private party too: nobody else is to know that there is one."""


class Once(Value):
    """A mutation's idempotency key, with a keyed digest of the mutation and its input."""

    key: str
    fingerprint: bytes


class Done(Value):
    """What came of a command: the party as of `seq`, all of it durable."""

    party: Party
    replayed: bool = False

    @property
    def seq(self) -> int:
        return self.party.version


class Draft(Value):
    """What a command would change. `party` is the one that the answer is about, as it stands then."""

    party: Party
    changes: tuple[Change, ...] = ()


Drafting = Callable[[], Awaitable[Draft | Rejection]]


class Lobby:
    """Executes commands. Every rule's no, and a store that is out of reach, come back as a `Rejection`."""

    def __init__(
        self,
        store: Store,
        signals: Signals,
        clock: Clock,
        passwords: Passwords,
        bounds: Bounds,
        rates: CommandRates | None = None,
        tries: Tries | None = None,
    ) -> None:
        """Without `rates` players may do what they do as often as they like."""
        self.store = store
        self.clock = clock
        self.bounds = bounds
        self.hearers: list[Callable[[Change], None]] = []
        """Told of each change that this node committed, once it is durable. They neither wait nor raise."""
        self._signals = signals
        self._passwords = passwords
        self.tally = Tally()
        self._rates = rates
        self.tries = tries or Tries.local()

    async def execute(
        self,
        party_id: PartyId,
        command: Command,
        once: Once | None = None,
        if_version: int | None = None,
    ) -> Done | Rejection:
        """Do `command` in one party."""

        async def draft() -> Draft | Rejection:
            party = await self.store.newest(party_id)
            if party is None:
                return NOT_FOUND
            return await self.drafted(party, command, if_version)

        actor = command.actor
        return await self.commit(draft, actor.id if actor else GAME_SERVERS, once, name_of(command))

    async def execute_in_session(
        self, session_id: SessionId, command: Command, once: Once | None = None
    ) -> Done | Rejection:
        """Do `command` in the party that the session belongs to."""
        try:
            session = await self.store.session(session_id)
        except Unavailable:
            return UNAVAILABLE
        if session is None:
            return _NO_SESSION
        outcome = await self.execute(session.party_id, command, once)
        return _NO_SESSION if outcome == NOT_FOUND else outcome

    async def commit(
        self, draft: Drafting, actor_id: PlayerId | None, once: Once | None, of: str = "other"
    ) -> Done | Rejection:
        """Draft and commit until nobody was in between; a key that was used before answers what it answered.

        `of`: what it is counted as, such as "join_party", in the metrics and for the rates of the player's commands.
        """
        outcome: Done | Rejection | None = None
        counted: str | None = of
        try:
            for _ in range(ATTEMPTS_MAX):
                outcome = await self._attempt(draft, actor_id, once, counted)
                if outcome is not None:
                    break
                counted = None
        except Unavailable as error:
            log.warning("unavailable: %s", error)
        outcome = outcome or UNAVAILABLE
        self.tally.command(of, _word(outcome))
        return outcome

    async def _attempt(
        self, draft: Drafting, actor_id: PlayerId | None, once: Once | None, counted: str | None
    ) -> Done | Rejection | None:
        """None: somebody else was first, so try again. What a key answered before, it answers however often it is asked:
        a client that lost the answer has done nothing too often."""
        is_first = counted is not None
        if self.store.recalls_at_once or not is_first:
            replayed = await self._replayed(actor_id, once)
            if replayed is not None:
                return replayed
        if counted is not None and self._rates is not None and actor_id not in _UNCOUNTED and actor_id is not None:
            refusal = self._rates.refusal(actor_id, counted, self.clock.now())
            if refusal is not None:
                return await self._refused(refusal, actor_id, once)
        try:
            drafted = await draft()
            if isinstance(drafted, Rejection):
                return await self._refused(drafted, actor_id, once)
            await self._store(drafted, actor_id, once)
        except Conflict:
            return None
        for change in drafted.changes:
            await self._signals.publish(change.after.id, change.after.version)
            for hear in self.hearers:
                hear(change)
        return Done(drafted.party)

    async def _refused(self, refusal: Rejection, actor_id: PlayerId | None, once: Once | None) -> Done | Rejection:
        """The same key may have gone through while this one was being drafted: then it was no no."""
        if refusal.current is not None:
            await self.store.confirmed(refusal.current.id, refusal.current.version)
        return await self._replayed(actor_id, once) or refusal

    async def _store(self, drafted: Draft, actor_id: PlayerId | None, once: Once | None) -> None:
        party = drafted.party
        record = None
        if once is not None and actor_id is not None:
            record = IdempotencyRecord(actor_id, once.key, once.fingerprint, party.id, party.version, self.clock.now())
        if not drafted.changes:
            await self.store.confirmed(party.id, party.version)
        if drafted.changes or record is not None:
            began_at = perf_counter()
            await self.store.commit(Commit(drafted.changes, record))
            self.tally.committed(perf_counter() - began_at)

    async def _replayed(self, actor_id: PlayerId | None, once: Once | None) -> Done | Rejection | None:
        """The answer that this key had before; None when it is new."""
        if once is None or actor_id is None:
            return None
        record = await self.store.recall(actor_id, once.key)
        if record is None:
            return None
        if await self.store.newest(record.party_id) is None:
            return NOT_FOUND  # it was done; the party has closed since, and is no longer kept
        await self.store.settled(record.party_id, record.seq)
        if record.fingerprint != once.fingerprint:
            return Rejection(
                RejectionCode.IDEMPOTENCY_KEY_REUSED,
                "This key was used for another request.",
                field="idempotency_key",
            )
        return await self._as_answered(record)

    async def _as_answered(self, record: IdempotencyRecord) -> Done | Rejection:
        """The party as of the record; where the log is kept for less long than keys are, as it stands."""
        party = await self.store.party_at(record.party_id, record.seq)
        if party is not None:
            return Done(party, replayed=True)
        party = await self.store.party(record.party_id)
        is_shown = party is not None and can_see(party, record.player_id)
        return Done(party, replayed=True) if party is not None and is_shown else NOT_FOUND

    async def drafted(self, party: Party, command: Command, if_version: int | None = None) -> Draft | Rejection:
        """What `command` would change in `party`; a no only once all that it rests on is durable.

        Password work takes long enough for others to have been here: it is decided then on what they left. What was
        there before would lose the race for the commit, and in a busy party every other race after it.
        """
        for _ in range(ATTEMPTS_MAX):
            decision = decide(party, command, self.clock.now(), self.bounds, if_version)
            if isinstance(decision, Rejection):
                await self.store.confirmed(party.id, party.version)
                return decision
            if not isinstance(decision, PasswordWork):
                return drafted_change(party, decision)
            worked = await self.worked(command, party.id, decision)
            if isinstance(worked, Rejection):
                return worked
            command, party = worked, await self.store.newest(party.id) or party
        raise Conflict("the password keeps changing")

    async def worked(self, command: Command, party_id: PartyId, work: PasswordWork) -> Command | Rejection:
        """`command` with the password work done that a rule asked for."""
        if isinstance(work, PasswordToHash):
            assert isinstance(command, CreateParty | UpdateParty)
            return changed(command, password_hash=await self._passwords.hash(work.password))
        assert isinstance(command, JoinParty)
        return await self._with_proof(command, party_id, work)

    async def _with_proof(self, command: JoinParty, party_id: PartyId, work: PasswordToVerify) -> JoinParty | Rejection:
        tried, passwords = (command.actor.id, party_id), self.tries.passwords
        wait_ms = await passwords.take(tried, self.clock.now())
        if wait_ms:
            return changed(too_often("Too many wrong passwords.", wait_ms), field="password", attempts_left=0)
        matches = await self._passwords.matches(work.password, work.against)
        if matches:
            await passwords.was_right(tried)
        left = await passwords.left(tried, self.clock.now())
        return changed(command, proof=PasswordProof(work.against, matches, left))


def _word(outcome: Done | Rejection) -> str:
    """What came of it, in a word to count by."""
    if isinstance(outcome, Rejection):
        return outcome.code.value
    return "replayed" if outcome.replayed else "done"


def drafted_change(before: Party | None, entries: tuple[Entry, ...]) -> Draft:
    """`entries` as a draft; none of them: `before` is what was wished for."""
    if entries:
        return Draft(entries[-1].party, (Change(before, entries),))
    assert before is not None, "a new party has at least one entry"
    return Draft(before)
