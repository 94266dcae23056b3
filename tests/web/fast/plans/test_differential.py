"""Generated documents, run by their plans and by graphql-core alone, come to the same. `scripts/differential` goes on longer."""

from __future__ import annotations

from tests.web.fast.plans.differing import DROPPED_AWAITABLES, Tally, hold_same
from tests.web.fast.plans.generated.features import FEATURES
from tests.web.fast.plans.subjects import LOBBY, RICH

pytestmark = DROPPED_AWAITABLES


def test_a_plan_answers_as_graphql_core_does_over_a_schema_that_has_everything() -> None:
    tally = Tally()

    hold_same(RICH, tally, documents_max=140, seeded=7)

    _was_worth_it(tally)
    assert FEATURES - tally.features.keys() == set(), "the generator leaves something out"
    for kind in ("query", "mutation", "subscription"):
        assert tally.features[f"an answer to a {kind}"] > 10
    assert tally.features["an error"] > 10
    assert tally.features["a request error"] > 10


def test_a_plan_answers_as_graphql_core_does_over_the_lobbys_schema() -> None:
    tally = Tally()

    hold_same(LOBBY, tally, documents_max=100, seeded=8)

    _was_worth_it(tally)


def _was_worth_it(tally: Tally) -> None:
    assert tally.share("valid", "documents") > 0.8, "few documents are over a limit"
    assert tally.share("planned", "valid") > 0.5, "most documents have a plan"
    assert tally.share("finished", "runs of plans") > 0.2, "and many plans come to their end"
