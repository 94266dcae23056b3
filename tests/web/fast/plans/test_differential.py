"""Generated documents, run by their plans and by graphql-core alone, come to the same. `scripts/differential` goes on longer."""

from __future__ import annotations

from tests.web.fast.plans.differing import DROPPED_AWAITABLES, Coverage, hold_same
from tests.web.fast.plans.generated.features import FEATURES
from tests.web.fast.plans.subjects import LOBBY, RICH

pytestmark = DROPPED_AWAITABLES


def test_a_plan_answers_as_graphql_core_does_over_a_schema_that_has_everything() -> None:
    coverage = Coverage()

    hold_same(RICH, coverage, documents_max=140, seeded=7)

    _was_worth_it(coverage)
    assert FEATURES - coverage.features.keys() == set(), "the generator leaves something out"
    for kind in ("query", "mutation", "subscription"):
        assert coverage.features[f"an answer to a {kind}"] > 10
    assert coverage.features["an error"] > 10
    assert coverage.features["a request error"] > 10


def test_a_plan_answers_as_graphql_core_does_over_the_lobbys_schema() -> None:
    coverage = Coverage()

    hold_same(LOBBY, coverage, documents_max=100, seeded=8)

    _was_worth_it(coverage)


def _was_worth_it(coverage: Coverage) -> None:
    assert coverage.share("valid", "documents") > 0.8, "few documents are over a limit"
    assert coverage.share("planned", "valid") > 0.5, "most documents have a plan"
    assert coverage.share("finished", "runs of plans") > 0.2, "and many plans come to their end"
