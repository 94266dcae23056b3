"""Answers to copies of one request: one effect, and always the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chaos.checks.violation import Kind, Violation
from chaos.evidence.acts import Act


def answers(acts: Iterable[Act]) -> list[Violation]:
    return [violation for act in acts for violation in _of(act)]


def _of(act: Act) -> Iterator[Violation]:
    accepted = [answer for answer in act.answers if answer.accepted]
    if sum(not answer.replayed for answer in accepted) > 1:
        yield Violation(Kind.DOUBLED, f"{act} was answered twice as if it were new")
    if len({(answer.party_id, answer.seq, answer.content) for answer in accepted}) > 1:
        yield Violation(Kind.ANSWER, f"{act} was answered in different ways: {_in_short(act)}")
    for answer in act.answers:
        if answer.after_acceptance and not answer.replayed:
            yield Violation(Kind.ANSWER, f"{act} was sent again after its answer, and got {answer.code or 'a new one'}")
    if not act.answers:
        yield Violation(Kind.LOST, f"{act} was never answered")


def _in_short(act: Act) -> str:
    return ", ".join(f"{a.party_id}:{a.seq}{' replayed' if a.replayed else ''}" for a in act.answers if a.accepted)
