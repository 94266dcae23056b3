"""Holds that both ways of running generated documents come to the same, and coverage what it met."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import strawberry
from graphql import OperationType
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.web.fast.plans.comparing import Answer, Compared, Invalid, MakeStage
from tests.web.fast.plans.generated.documents import Generated, documents
from tests.web.fast.plans.generated.features import features
from tests.web.fast.plans.generated.taste import Taste

DROPPED_AWAITABLES = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Marks for tests with fields that fail: graphql-core then drops the awaitables beside them, of which Python warns."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A schema, and what its documents are made of and run on."""

    name: str
    schema: strawberry.Schema
    taste: Taste
    stages: SearchStrategy[MakeStage]


@dataclass(slots=True)
class Coverage:
    """How many documents, answers and features there were."""

    counts: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)

    def share(self, part: str, whole: str) -> float:
        return self.counts[part] / max(1, self.counts[whole])


def hold_same(subject: Subject, coverage: Coverage, documents_max: int, seeded: int) -> None:
    """Raises AssertionError with the simplest document that was found to differ."""

    @seed(seeded)
    @settings(
        max_examples=documents_max,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(documents(subject.schema._schema, subject.taste), subject.stages, subject.stages)
    def same(document: Generated, one: MakeStage, other: MakeStage) -> None:
        runner.run(_compare(subject, document, (one, other), coverage))

    with asyncio.Runner() as runner, silence():
        same()


async def _compare(subject: Subject, document: Generated, stages: Sequence[MakeStage], coverage: Coverage) -> None:
    coverage.counts["documents"] += 1
    try:
        compared = Compared(subject.schema, document.text, document.operation_name)
    except Invalid:
        coverage.counts["invalid"] += 1
        return
    coverage.counts["valid"] += 1
    coverage.counts["planned"] += compared.plan is not None
    coverage.features.update(features(subject.schema._schema, document))
    for variables in document.requests:
        for make_stage in stages:
            planned = await compared.planned(variables, make_stage())
            interpreted = await compared.interpreted(variables, make_stage())
            assert interpreted == planned, (document.text, variables)
            _count(coverage, document, interpreted)
            await _count_finished(coverage, compared, document, variables, make_stage)


def _count(coverage: Coverage, document: Generated, answer: Answer) -> None:
    coverage.counts["answers"] += len(answer.texts)
    coverage.features.update({"an error" for text in answer.texts if b'"errors":' in text})
    coverage.features.update({"a request error" for text in answer.texts if text.startswith(b'{"errors":')})
    coverage.features[f"an answer to a {document.kind.value}"] += 1


async def _count_finished(
    coverage: Coverage, compared: Compared, document: Generated, variables: dict[str, object], make_stage: MakeStage
) -> None:
    if compared.plan is None or document.kind is OperationType.SUBSCRIPTION:
        return
    coverage.counts["runs of plans"] += 1
    coverage.counts["finished"] += await compared.finished(variables, make_stage())


@contextmanager
def silence() -> Iterator[None]:
    """Every fault is logged with its traceback; here thousands are on purpose."""
    logger = logging.getLogger("web.graphql.execution.error_reporting")
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False
