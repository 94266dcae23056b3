"""Executes every command: load the party, decide by the rules, commit, publish a hint."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Protocol, TypeVar

from lobby.app.idempotency import CommandResult, IdempotencyKey, find_earlier_result
from lobby.app.metrics import Metrics, command_name
from lobby.auth.passwords import Passwords
from lobby.domain.blocks import BlockCheck
from lobby.domain.bounds import Bounds
from lobby.domain.commands import Command, CreateParty, JoinParty, SaveCheckpoint, UpdateParty
from lobby.domain.events import Entry
from lobby.domain.model import Party
from lobby.domain.passwords import PasswordProof, PasswordToHash, PasswordToVerify, PasswordWork
from lobby.domain.rejections import NOT_FOUND, Rejection, RejectionCode
from lobby.domain.rules.decide import decide
from lobby.domain.sizes import RECORD_BYTES, written_bytes
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.limits.rate_limiter import PlayerLimiters, rate_limited
from lobby.ports import Change, Clock, Commit, Conflict, HintPublisher, Store, Unavailable
from lobby.runtime.repeated_warning import RepeatedWarning
from lobby.runtime.tracing import first_span, span
from lobby.struct import Struct, replace

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 16
"""The number of times that a command is decided. Each lost race means that another command succeeded; after the last race the
caller is asked to retry."""
ATTEMPTS_S_MAX = 5.0
"""No attempt begins later than this after the first one. A call to a store of many nodes may take 2.5 s, and an attempt has two
or three of them, so 16 slow attempts would take two minutes."""
RETRY_AFTER_MS = 1_000

GAME_SERVERS: PlayerId = "game servers"
"""The owner of the idempotency keys that game servers send. No player has such an id."""
NOBODY: PlayerId = "nobody"
"""The owner of the idempotency keys of parties that are created without a first member."""

MODERATORS: PlayerId = "moderators"
"""The actor of the acts of moderators, in the metrics."""

_WITHOUT_RATE_LIMIT = frozenset({GAME_SERVERS, NOBODY, MODERATORS, None})
"""Actors that stand for many. Commands of the server itself have the first one, too."""

UNAVAILABLE = Rejection(
    RejectionCode.UNAVAILABLE,
    "The lobby can't do this right now.",
    retryable=True,
    retry_after_ms=RETRY_AFTER_MS,
)
_NO_SESSION = Rejection(RejectionCode.NOT_FOUND, "There is no such session.", field="session_id")
"""The answer for the session of a private party too, so that outsiders can't find out that it exists."""


class ProposedChange(Struct):
    """The changes that a command would make. `party` is the party of the result, as it would be after the change."""

    party: Party
    changes: tuple[Change, ...] = ()
    """One for each party that changes. Empty if the command changes nothing."""
    checkpoint_data: str | None = None
    """As `Commit.checkpoint_data`."""
    block_checks: tuple[BlockCheck, ...] = ()
    """As `Commit.block_checks`."""

    @classmethod
    def from_entries(cls, before: Party | None, entries: tuple[Entry, ...]) -> ProposedChange:
        """Append `entries` to one party. `before`: the party before them; None for a new party, which needs an entry."""
        if entries:
            return cls(entries[-1].party, (Change(before, entries),))
        assert before is not None, "a new party has at least one entry"
        return cls(before)


Propose = Callable[[], Awaitable[ProposedChange | Rejection]]
"""Loads the newest state and decides on it. It is called again after each lost race. May raise `Conflict`."""


class Outcome(Protocol):
    """The result of a command that was carried out."""

    @property
    def replayed(self) -> bool:
        """True if an earlier command with the same idempotency key was carried out."""


Result = TypeVar("Result", bound=Outcome)
Attempt = Callable[[], Awaitable[Result | Rejection | None]]
"""None: another command was first, or the idempotency key was used before. Nothing was stored then."""


class CommandHandler:
    """Executes commands. A rejection by a rule is returned as a `Rejection`, and so is an unavailable store."""

    def __init__(
        self,
        store: Store,
        hints: HintPublisher,
        clock: Clock,
        passwords: Passwords,
        bounds: Bounds,
        limiters: PlayerLimiters,
    ) -> None:
        self.store = store
        self.clock = clock
        self.bounds = bounds
        self.attempts = limiters.attempts
        self.metrics = Metrics()
        self.commit_listeners: list[Callable[[Change], None]] = []
        """Called with each change that this node committed, once it is durable. They neither wait nor raise."""
        self.command_checks: list[Callable[[Command], Awaitable[Rejection | None]]] = []
        """Asked once for each command before it is decided, such as about the texts in it. They never raise."""
        self.change_checks: list[Callable[[PlayerId, Sequence[Change]], Rejection | None]] = []
        """Asked about each change of an actor right before it is committed. They neither wait nor raise."""
        self._hints = hints
        self._passwords = passwords
        self._command_limiter = limiters.commands
        self._failures = RepeatedWarning(log)

    async def execute(
        self,
        party_id: PartyId,
        command: Command,
        idempotency_key: IdempotencyKey | None = None,
        if_version: int | None = None,
    ) -> CommandResult | Rejection:
        """Execute `command` in one party. `if_version`: see `decide`."""

        async def propose() -> ProposedChange | Rejection:
            party = await self.store.latest(party_id)
            if party is None:
                return NOT_FOUND
            return await self.propose(party, command, if_version)

        actor_id = command.actor.id if command.actor else GAME_SERVERS
        return await self.commit(propose, actor_id, idempotency_key, command_name(command), (command,))

    async def execute_in_session(
        self, session_id: SessionId, command: Command, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """Execute `command` in the party that the session belongs to."""
        try:
            session = await self.store.session(session_id)
        except Unavailable:
            return UNAVAILABLE
        if session is None:
            return _NO_SESSION
        outcome = await self.execute(session.party_id, command, idempotency_key)
        return _NO_SESSION if outcome == NOT_FOUND else outcome

    async def commit(
        self,
        propose: Propose,
        actor_id: PlayerId,
        idempotency_key: IdempotencyKey | None,
        name: str,
        commands: Sequence[Command] = (),
    ) -> CommandResult | Rejection:
        """Commit what `propose` returns. `name`: of the command, such as "join_party", for the metrics and the rate limits.
        `commands`: those that `propose` may decide, for `command_checks`."""
        return await self.run_once(
            partial(self._attempt, propose, actor_id, idempotency_key),
            partial(find_earlier_result, self.store, actor_id, idempotency_key),
            actor_id,
            name,
            commands,
        )

    async def run_once(
        self,
        attempt: Attempt[Result],
        find_earlier: Attempt[Result],
        actor_id: PlayerId,
        name: str,
        commands: Sequence[Command] = (),
    ) -> Result | Rejection:
        """The result of `attempt`, which is called again after each lost race, or of an earlier request with the same
        idempotency key. `name`: as of `commit`. Any command has its rate limit, its metrics and its errors from here."""
        outcome: Result | Rejection | None = None
        try:
            rejection = self._rate_limit(actor_id, name)
            if rejection is None and self.command_checks:
                rejection = await self._check(commands)
            began_at = perf_counter()
            for number in range(ATTEMPTS_MAX):
                if number and perf_counter() - began_at > ATTEMPTS_S_MAX:
                    break
                with first_span("command", command=name):
                    outcome = rejection or await attempt()
                if outcome is None or isinstance(outcome, Rejection):
                    # Another request with this key may have committed, before or in the meantime: its result counts then.
                    outcome = await find_earlier() or outcome
                if outcome is not None:
                    break
        except Unavailable as error:
            self._failures.log("%s failed, store unavailable: %s", name, error)
            outcome = None
        outcome = outcome or UNAVAILABLE
        self.metrics.count_command(name, _outcome_name(outcome))
        return outcome

    def _rate_limit(self, actor_id: PlayerId, name: str) -> Rejection | None:
        if self._command_limiter is None or actor_id in _WITHOUT_RATE_LIMIT:
            return None
        return self._command_limiter.count(actor_id, name, self.clock.now())

    async def _check(self, commands: Sequence[Command]) -> Rejection | None:
        for command in commands:
            for check in self.command_checks:
                rejection = await check(command)
                if rejection is not None:
                    return rejection
        return None

    async def _attempt(
        self, propose: Propose, actor_id: PlayerId, idempotency_key: IdempotencyKey | None
    ) -> CommandResult | Rejection | None:
        """Commit the change with the idempotency record. None: another command was first, or the key was used before; nothing was
        committed then."""
        try:
            proposed = await propose()
            if isinstance(proposed, Rejection):
                if proposed.current is not None:
                    await self.store.verify_latest(proposed.current)
                return proposed
            for check in self.change_checks:
                rejection = check(actor_id, proposed.changes)
                if rejection is not None:
                    return rejection
            party, changes = proposed.party, proposed.changes
            record = idempotency_key.record(actor_id, party, self.clock.now()) if idempotency_key is not None else None
            if not changes:
                await self.store.verify_latest(party)
            # A record is kept without a change too: otherwise the retry of a join that changed nothing could enter the party
            # again after a kick.
            if changes or record is not None:
                commit = Commit(changes, record, proposed.checkpoint_data, proposed.block_checks)
                rejection = await self._commit(commit, actor_id)
                if rejection is not None:
                    return rejection
        except Conflict:
            return None
        for change in changes:
            after = change.after
            await self._hints.publish(after.id, after.version)
            for listener in self.commit_listeners:
                listener(change)
        return CommandResult(party)

    async def _commit(self, commit: Commit, actor_id: PlayerId) -> Rejection | None:
        """Commit, unless the actor has written too many bytes. Raises `Conflict`, `Unavailable`."""
        limiter = self._command_limiter if actor_id not in _WITHOUT_RATE_LIMIT else None
        write = limiter.begin_write(actor_id, _bytes_of(commit), self.clock.now()) if limiter is not None else None
        if isinstance(write, Rejection):
            return write
        is_written = False
        began_at = perf_counter()
        try:
            with span("commit", parties=len(commit.changes)):
                await self.store.commit(commit)
            is_written = True
            self.metrics.count_commit(perf_counter() - began_at)
        finally:
            if limiter is not None and write is not None:
                limiter.end_write(write, is_written, self.clock.now())
        return None

    def charge_bytes(self, actor_id: PlayerId, byte_count: int) -> None:
        """A command of the player has written so many bytes of something else than parties."""
        if self._command_limiter is not None and actor_id not in _WITHOUT_RATE_LIMIT:
            self._command_limiter.charge_bytes(actor_id, byte_count, self.clock.now())

    async def propose(
        self, party: Party, command: Command, if_version: int | None = None
    ) -> ProposedChange | Rejection:
        """The changes that `command` would make in `party`. The state that a Rejection depends on is durable when it is returned.

        Password work takes so long that others may change the party in the meantime, so afterwards the command is decided on the
        newest state. A decision on the older one would lose the race for the commit, and in a busy party every later race.
        """
        for _ in range(ATTEMPTS_MAX):
            decision = decide(party, command, self.clock.now(), self.bounds, if_version)
            if isinstance(decision, Rejection):
                if decision.code is RejectionCode.NOT_FOUND:
                    await self.store.read_as_missing(party.id)
                await self.store.verify_latest(party)
                return decision
            if not isinstance(decision, PasswordWork):
                proposed = ProposedChange.from_entries(party, decision)
                return (
                    replace(proposed, checkpoint_data=command.data) if isinstance(command, SaveCheckpoint) else proposed
                )
            hashed_command = await self.with_password_work(command, party.id, decision)
            if isinstance(hashed_command, Rejection):
                return hashed_command
            command, party = hashed_command, await self.store.latest(party.id) or party
        raise Conflict("the password keeps changing")

    async def with_password_work(self, command: Command, party_id: PartyId, work: PasswordWork) -> Command | Rejection:
        """`command` with the hash, or the proof, that a rule asked for. A Rejection after too many wrong passwords."""
        if isinstance(work, PasswordToHash):
            assert isinstance(command, CreateParty | UpdateParty)
            limiter, actor = self.attempts.new_passwords_of_player, command.actor
            if limiter is not None and actor is not None:
                wait_ms = await limiter.take((actor.id,), self.clock.now())
                if wait_ms:
                    return rate_limited("Too many new passwords.", wait_ms)
            return replace(command, password_hash=await self._passwords.hash(work.password))
        assert isinstance(command, JoinParty)
        return await self._with_proof(command, party_id, work)

    async def _with_proof(self, command: JoinParty, party_id: PartyId, work: PasswordToVerify) -> JoinParty | Rejection:
        key, attempts = (command.actor.id, party_id), self.attempts.passwords
        wait_ms = await attempts.take(key, self.clock.now())
        if wait_ms:
            return replace(rate_limited("Too many wrong passwords.", wait_ms), field="password", attempts_left=0)
        matches = await self._passwords.matches(work.password, work.password_hash)
        if matches:
            await attempts.refund(key)
        left = await attempts.left(key, self.clock.now())
        return replace(command, proof=PasswordProof(work.password_hash, matches, left))


def _bytes_of(commit: Commit) -> int:
    data_bytes = len(commit.checkpoint_data.encode()) if commit.checkpoint_data else 0
    record_bytes = RECORD_BYTES if commit.record is not None else 0
    return sum(written_bytes(change.after) for change in commit.changes) + data_bytes + record_bytes


def _outcome_name(outcome: Outcome | Rejection) -> str:
    """The label of the outcome in the metrics."""
    if isinstance(outcome, Rejection):
        return outcome.code.value
    return "replayed" if outcome.replayed else "done"
