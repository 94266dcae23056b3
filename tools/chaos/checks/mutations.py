"""Checks of mutations: each acknowledged one is in the log exactly once, nothing else is, and all copies get one response."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tools.chaos.evidence import Response, SentMutation
from tools.chaos.expected_state.histories import Histories, Origin
from tools.chaos.expected_state.log_actions import LogAction
from tools.chaos.operations import OPERATIONS
from tools.chaos.violation import Kind, Violation

STEP_MS = 8_000
"""The two parts of a move are decided one after the other, and committed together. Between them the store is read: while it is
cut off, a call waits for up to 2.5 s, and a command is tried for 5 s."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The action in the log that a mutation led to."""

    mutation: SentMutation
    log_action: LogAction


def matches(mutation: SentMutation, log_action: LogAction) -> bool:
    """True if `mutation` asked for what `log_action` records."""
    if mutation.actor_id != log_action.actor_id:
        return False
    if log_action.name not in OPERATIONS[mutation.operation].log_actions:
        return False
    if log_action.is_marked and log_action.mark != mutation.mark:
        return False
    if log_action.target_id is not None and mutation.input.get("playerId") != log_action.target_id:
        return False
    return mutation.input.get("partyId") in (None, log_action.party_id)


class Accounting:
    """Assigns the actions in the log to the mutations of the players, one to one.

    A mutation that was acknowledged and has no action is lost. An action that no mutation claims was done once too often.
    The actions are those of the last history, or those of the lost tail of another one.
    """

    def __init__(self, histories: Histories, log_actions: Sequence[LogAction], lost_tail_of: int | None = None) -> None:
        self.claims: list[Claim] = []
        self.violations: list[Violation] = []
        self.late = 0
        """The number of claims by mutations that were rejected: a copy without a response was executed later."""
        self.unchanged = 0
        """The number of mutations that were accepted and had nothing to change."""
        self._unrecorded: list[SentMutation] = []
        """Acceptances whose record a restore may have taken back, so that a later copy may have been executed again."""
        self._histories = histories
        self._lost_tail_of = lost_tail_of
        self._moved = {(action.actor_id, action.at) for action in log_actions if action.name == "moved"}
        self._unclaimed: dict[str, list[LogAction]] = defaultdict(list)
        for log_action in log_actions:
            if log_action.name != "moved":
                self._unclaimed[log_action.actor_id].append(log_action)

    def settle(self, mutations: Sequence[SentMutation]) -> None:
        """Assign actions to the acknowledged mutations first, then to those whose outcome is unknown."""
        unsure = []
        for mutation in mutations:
            if not OPERATIONS[mutation.operation].log_actions:
                continue
            acceptances = [each for each in mutation.responses if each.accepted and self._is_here(each)]
            if acceptances:
                self._claim_acknowledged(mutation, acceptances)
            elif mutation.unanswered and not self._was_done_before(mutation):
                unsure.append(mutation)
        for mutation in (*unsure, *self._unrecorded):
            self._claim_late(mutation)
        for unclaimed in self._unclaimed.values():
            self.violations += [_unclaimed_action(log_action, mutations) for log_action in unclaimed]

    def _is_here(self, response: Response) -> bool:
        """True if the entry that an acceptance names belongs to the actions. The last history stands for unknown entries."""
        origin = _origin(self._histories, response)
        if origin is None or self._histories.is_kept(origin):
            return self._lost_tail_of is None
        return self._lost_tail_of == self._histories.lost_with(origin)

    def _was_done_before(self, mutation: SentMutation) -> bool:
        """True if the mutation was done before a lost tail began, so that its record was there."""
        if self._lost_tail_of is None:
            return False
        origins = [_origin(self._histories, each) for each in mutation.responses if each.accepted]
        return any(origin is not None and origin.history <= self._lost_tail_of for origin in origins)

    def _claim_acknowledged(self, mutation: SentMutation, acceptances: Sequence[Response]) -> None:
        matching = self._matching(mutation)
        named = (action for response in acceptances for action in matching if _names(response, action))
        found, response = next(named, None), acceptances[0]
        if found is not None:
            self._claim(mutation, found)
        elif any(self._had_nothing_to_change(mutation, each) for each in acceptances):
            self.unchanged += 1
            if mutation.unanswered and all(is_record_in_doubt(self._histories, each) for each in acceptances):
                self._unrecorded.append(mutation)
        else:
            where = f"entry {response.seq} of party {response.party_id}"
            self.violations.append(Violation(Kind.LOST, f"{mutation} was acknowledged as {where} and is not there"))

    def _had_nothing_to_change(self, mutation: SentMutation, response: Response) -> bool:
        log = self._histories.party(response.party_id or "").log(response.epoch)
        party = log.party_at(response.seq) if log is not None else None
        return party is not None and OPERATIONS[mutation.operation].is_done(mutation, party)

    def _claim_late(self, mutation: SentMutation) -> None:
        found = next(iter(self._matching(mutation)), None)
        if found is not None:
            self._claim(mutation, found)
            self.late += 1

    def _matching(self, mutation: SentMutation) -> list[LogAction]:
        """The unclaimed actions that the mutation asked for. To join by moving is not asked for without `leaveCurrent`."""
        joins_only = OPERATIONS[mutation.operation].can_move and not mutation.input.get("leaveCurrent")
        return [
            action
            for action in self._unclaimed[mutation.actor_id]
            if matches(mutation, action) and not (joins_only and (action.actor_id, action.at) in self._moved)
        ]

    def _claim(self, mutation: SentMutation, log_action: LogAction) -> None:
        self._unclaimed[mutation.actor_id].remove(log_action)
        self.claims.append(Claim(mutation, log_action))


def _names(response: Response, log_action: LogAction) -> bool:
    """True if the response names an entry of the step of the action: it carries the last one."""
    return response.party_id == log_action.party_id and log_action.seq <= response.seq <= log_action.last_seq


def _unclaimed_action(log_action: LogAction, mutations: Sequence[SentMutation]) -> Violation:
    similar = next((mutation for mutation in mutations if matches(mutation, log_action)), None)
    if similar is None:
        return Violation(Kind.DOUBLED, f"{log_action}, and no player asked for it")
    return Violation(Kind.DOUBLED, f"{log_action}, once more than {similar} asked for it")


def is_record_in_doubt(histories: Histories, acceptance: Response) -> bool:
    """True if a restore may have taken back the idempotency record of an accepted mutation: it was answered after the backup."""
    number = _history(histories, acceptance)
    if number is None:
        return False
    backup = histories.each[number].backup
    return backup is not None and acceptance.received_at_s >= backup.began_at_s


def _origin(histories: Histories, response: Response) -> Origin | None:
    return histories.origin(response.party_id or "", response.epoch, response.seq)


def _history(histories: Histories, acceptance: Response) -> int | None:
    return histories.party(acceptance.party_id or "").history(acceptance.epoch)


def check_backups(mutations: Iterable[SentMutation], histories: Histories) -> Iterator[Violation]:
    """Find mutations that were acknowledged before a backup began and are not in the backup."""
    for mutation in mutations:
        for response in mutation.responses:
            if response.party_id is None:
                continue
            number = _history(histories, response) if response.accepted else None
            if number is None or is_record_in_doubt(histories, response):
                continue
            if not histories.each[number].keeps(response.party_id or "", response.seq):
                where = f"entry {response.seq} of party {response.party_id}"
                yield Violation(Kind.LOST, f"{mutation} was acknowledged as {where} before a backup, which lacks it")


def check_responses(mutations: Iterable[SentMutation], histories: Histories) -> list[Violation]:
    """All copies of one request have one effect and get the same answer, unless a restore took back the first of them."""
    in_a_log = [mutation for mutation in mutations if OPERATIONS[mutation.operation].log_actions]
    return [violation for mutation in in_a_log for violation in _check_responses(mutation, histories)]


def _check_responses(mutation: SentMutation, histories: Histories) -> Iterator[Violation]:
    accepted: dict[int | None, list[Response]] = defaultdict(list)
    for response in mutation.responses:
        if response.accepted:
            accepted[_history(histories, response)].append(response)
    for each in accepted.values():
        if sum(not response.replayed for response in each) > 1:
            yield Violation(Kind.DOUBLED, f"{mutation} was answered twice as if it were new")
        if len({(response.party_id, response.seq, response.content) for response in each}) > 1:
            yield Violation(Kind.ANSWER, f"{mutation} was answered in different ways: {_in_short(each)}")
    for index, response in enumerate(mutation.responses):
        earlier = [other for other in mutation.responses[:index] if other.accepted]
        yield from _check_later_response(mutation, response, earlier, histories)
    if not mutation.responses:
        yield Violation(Kind.LOST, f"{mutation} was never answered")


def _check_later_response(
    mutation: SentMutation, response: Response, earlier: Sequence[Response], histories: Histories
) -> Iterator[Violation]:
    """A response repeats an earlier acceptance whose record the store still had."""
    eras = range(response.sent_era, response.era + 1)
    recorded = [other for other in earlier if _is_recorded(other, eras, histories)]
    if response.after_acceptance and recorded and not response.replayed:
        code = response.code or "a new answer"
        yield Violation(Kind.ANSWER, f"{mutation} was sent again after its answer, and got {code}")
    elif response.accepted and any(
        (other.party_id, other.seq) != (response.party_id, response.seq) for other in recorded
    ):
        yield Violation(Kind.ANSWER, f"{mutation} was answered in different ways: {_in_short([*recorded, response])}")


def _is_recorded(acceptance: Response, eras: range, histories: Histories) -> bool:
    """True if the record was there in all of these eras, which are also the numbers of the histories."""
    if not is_record_in_doubt(histories, acceptance):
        return True
    number = _history(histories, acceptance)
    return all(era == number for era in eras)


def _in_short(accepted: Iterable[Response]) -> str:
    return ", ".join(f"{each.party_id}:{each.seq}{' replayed' if each.replayed else ''}" for each in accepted)


def check_moves(log_actions: Sequence[LogAction], claims: Iterable[Claim]) -> list[Violation]:
    """A player who leaves one party for another does both in one step: each "moved" has one entry into another party."""
    entered: dict[str, list[LogAction]] = defaultdict(list)
    for claim in claims:
        if OPERATIONS[claim.mutation.operation].can_move and claim.mutation.input.get("leaveCurrent"):
            entered[claim.mutation.actor_id].append(claim.log_action)
    return [
        Violation(Kind.HALF, f"{log_action}, and no other party was entered")
        for log_action in log_actions
        if log_action.name == "moved" and not _take_other_half(log_action, entered[log_action.actor_id])
    ]


def _take_other_half(left: LogAction, entered: list[LogAction]) -> bool:
    matching = [each for each in entered if each.party_id != left.party_id and abs(each.at - left.at) <= STEP_MS]
    if not matching:
        return False
    entered.remove(min(matching, key=lambda each: abs(each.at - left.at)))
    return True
