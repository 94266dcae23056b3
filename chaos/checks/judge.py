"""All checks together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from chaos.checks.answers import answers
from chaos.checks.between_parties import between_parties
from chaos.checks.frames import FrameCheck
from chaos.checks.invariants import invariants
from chaos.checks.moves import moves
from chaos.checks.once import Accounting
from chaos.checks.sights import wrong_sight
from chaos.checks.streams import StreamCheck
from chaos.checks.violation import Kind, Violation
from chaos.evidence.evidence import Evidence
from chaos.evidence.sights import Sight
from chaos.evidence.stays import Stay
from chaos.truth.deeds import deeds
from chaos.truth.logs import Log, Logs


@dataclass(frozen=True, slots=True)
class Terms:
    """What of the servers' settings the checks go by."""

    queue_max: int
    kick_cooldown_ms: int


@dataclass(slots=True)
class Verdict:
    """What was found. `accounted`: deeds that an act claimed, `doubtful` ones of them by an act that was refused, as far
    as the player knows; `unchanged`: acts that had nothing to change."""

    violations: list[Violation] = field(default_factory=list)
    accounted: int = 0
    doubtful: int = 0
    unchanged: int = 0
    excused: list[Violation] = field(default_factory=list)
    """Of `violations` those that a failover explains: taken out of them by `excuse`."""

    def excuse(self, party_ids: Collection[str]) -> None:
        """What concerns parties of which something was lost with a primary is no fault of the lobby's, and told apart."""
        explained = [violation for violation in self.violations if any(id in violation.text for id in party_ids)]
        self.excused += explained
        self.violations = [violation for violation in self.violations if violation not in explained]

    def count(self, kind: Kind) -> int:
        return sum(violation.kind is kind for violation in self.violations)


def judge(evidence: Evidence, logs: Logs, terms: Terms) -> Verdict:
    """`logs` has every party that there is."""
    done = [deed for log in logs.values() for deed in deeds(log)]
    accounting = Accounting(logs, done)
    accounting.settle(evidence.acts)
    violations = [
        *accounting.violations,
        *moves(done, accounting.claims),
        *answers(evidence.acts),
        *_by_party(evidence, logs, terms),
        *between_parties(logs.values()),
        *(Violation(Kind.SERVER, fault) for fault in evidence.faults),
    ]
    return Verdict(violations, len(accounting.claims), accounting.doubtful, accounting.unchanged)


def _by_party(evidence: Evidence, logs: Logs, terms: Terms) -> Iterator[Violation]:
    stays: dict[str, list[Stay]] = defaultdict(list)
    sights: dict[str, list[Sight]] = defaultdict(list)
    for stay in evidence.stays:
        stays[stay.party_id].append(stay)
    for sight in evidence.sights:
        sights[sight.party_id].append(sight)
    for party_id in sorted(evidence.party_ids() - logs.keys()):
        yield Violation(Kind.LOST, f"party {party_id} was seen, and there is no log of it")
    for party_id, log in logs.items():
        yield from invariants(log, terms.kick_cooldown_ms)
        yield from _of_stays(log, stays[party_id], evidence, terms)
        found = (wrong_sight(log, sight, evidence.contents) for sight in sights[party_id])
        yield from (violation for violation in found if violation is not None)


def _of_stays(log: Log, stays: list[Stay], evidence: Evidence, terms: Terms) -> Iterator[Violation]:
    head = evidence.heads.get(log.party_id)
    frames = FrameCheck(log, evidence.contents)
    for stay in stays:
        yield from StreamCheck(log, stay, evidence.contents, terms.queue_max).violations(head)
        found = (frames.wrong(stay, seen) for seen in stay.seen)
        yield from (violation for violation in found if violation is not None)
