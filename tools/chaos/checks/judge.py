"""Runs all checks over the evidence of a run and the logs of its store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tools.chaos.checks.between_parties import check_backup, check_between_parties
from tools.chaos.checks.contents import FrameCheck, check_observation
from tools.chaos.checks.invariants import check_invariants
from tools.chaos.checks.mutations import Accounting, check_backups, check_moves, check_responses
from tools.chaos.checks.streams import StreamCheck
from tools.chaos.evidence import Evidence, Observation, StreamSession
from tools.chaos.expected_state.histories import Histories, PartyLogs
from tools.chaos.expected_state.log_actions import log_actions
from tools.chaos.violation import Kind, Violation


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """The settings of the servers that the checks depend on."""

    queue_max: int
    """The number of entries that a follower may be behind before the server skips it to a snapshot."""
    kick_cooldown_ms: int
    clock_leeway_ms: int = 0
    """The difference that there may be between the clocks of servers. The time of one server never goes back."""


@dataclass(slots=True)
class Verdict:
    """The result of all checks."""

    violations: list[Violation] = field(default_factory=list)
    accounted: int = 0
    """Actions in the log that a mutation claimed."""
    late: int = 0
    """Claimed actions whose mutation was rejected: a copy without a response was executed later."""
    unchanged: int = 0
    """Mutations that were accepted and had nothing to change."""
    taken_back: int = 0
    """Mutations whose entries were in lost tails: restores took them back on purpose."""
    excused: list[Violation] = field(default_factory=list)
    """Violations that `excuse` moved here, since the failover of a Valkey cluster explains them."""

    def excuse(self, party_ids: Collection[str], actor_ids: Collection[str] = ()) -> None:
        """Move the violations that name one of these parties to `excused`: a dead primary took a part of their data. So too those
        of half a mutation by one of these players, whose other half is in such a party.

        A stream without a snapshot stays a violation.
        """
        explained = [each for each in self.violations if _names_any(each, party_ids) and each.kind is not Kind.CROSSED]
        halves = [each for each in self.violations if _names_any(each, actor_ids) and each.kind is Kind.HALF]
        self.excused += dict.fromkeys([*explained, *halves])
        self.violations = [each for each in self.violations if each not in self.excused]

    def count(self, kind: Kind) -> int:
        return sum(violation.kind is kind for violation in self.violations)


def _names_any(violation: Violation, ids: Collection[str]) -> bool:
    return any(id in violation.text for id in ids)


def judge(evidence: Evidence, histories: Histories, limits: CheckLimits) -> Verdict:
    """Check a run. `histories` must hold every party of the store."""
    verdict = Verdict()
    for number, history in enumerate(histories.each):
        lost_tail_of = number if history.backup is not None else None
        logs = [
            log for log in history.logs.values() if lost_tail_of is None or not history.keeps(log.party_id, log.head)
        ]
        actions = [action for log in logs for action in log_actions(log)]
        if lost_tail_of is not None:
            actions = [action for action in actions if not history.keeps(action.party_id, action.seq)]
        accounting = Accounting(histories, actions, lost_tail_of)
        accounting.settle(evidence.mutations)
        verdict.violations += [*accounting.violations, *check_moves(actions, accounting.claims)]
        verdict.violations += check_between_parties(history.logs.values(), limits.clock_leeway_ms)
        if lost_tail_of is None:
            verdict.accounted = len(accounting.claims)
            verdict.late, verdict.unchanged = accounting.late, accounting.unchanged
        else:
            verdict.taken_back += len(accounting.claims)
            verdict.violations += check_backup(history)
    verdict.violations += [
        *check_responses(evidence.mutations, histories),
        *check_backups(evidence.mutations, histories),
        *histories.check_restores(),
        *_check_parties(evidence, histories, limits),
        *(Violation(Kind.SERVER, failure) for failure in evidence.failures),
    ]
    verdict.violations = list(dict.fromkeys(verdict.violations))  # histories have their first entries in common
    return verdict


def _check_parties(evidence: Evidence, histories: Histories, limits: CheckLimits) -> Iterator[Violation]:
    streams: dict[str, list[StreamSession]] = defaultdict(list)
    observations: dict[str, list[Observation]] = defaultdict(list)
    for stream in evidence.streams:
        streams[stream.party_id].append(stream)
    for observation in evidence.observations:
        observations[observation.party_id].append(observation)
    for party_id in sorted(evidence.party_ids() - histories.parties.keys()):
        yield Violation(Kind.LOST, f"party {party_id} was seen, and there is no log of it")
    for party_id, logs in histories.parties.items():
        for log in logs.each:
            yield from check_invariants(log, limits.kick_cooldown_ms, limits.clock_leeway_ms)
        yield from _check_streams(logs, streams[party_id], evidence, limits)
        found = (check_observation(logs, observation, evidence.contents) for observation in observations[party_id])
        yield from (violation for violation in found if violation is not None)


def _check_streams(
    logs: PartyLogs, streams: list[StreamSession], evidence: Evidence, limits: CheckLimits
) -> Iterator[Violation]:
    head = evidence.heads.get(logs.party_id)
    frames = FrameCheck(logs, evidence.contents)
    for stream in streams:
        yield from StreamCheck(logs, stream, evidence.contents, limits.queue_max).violations(head)
        found = (frames.check(stream, frame) for frame in stream.frames)
        yield from (violation for violation in found if violation is not None)
        yield from frames.check_lost_entries(stream)
