"""What looks the same for ever is written once; what may look otherwise is written each time."""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry

from lobby.operations.json_text import encode_json
from lobby.operations.plans import Plan, plan_of
from lobby.operations.plans.kept import KeptTexts
from lobby.operations.plans.plan import Run
from tests.operations.plans.planning import operation


@dataclass(frozen=True)
class Facts:
    """What a post shows. `reads` counts how often its text was looked at."""

    text: str
    reads: list[int]


@strawberry.type
class Post:
    facts: strawberry.Private[Facts]
    is_shown: strawberry.Private[bool]

    @property
    def made_of(self) -> tuple[object, ...]:
        return self.facts, self.is_shown

    @strawberry.field
    def text(self) -> str | None:
        self.facts.reads.append(1)
        return self.facts.text if self.is_shown else None

    @strawberry.field
    def repeated(self, times: int = 1) -> str:
        return self.facts.text * times

    @strawberry.field
    def asked_by(self, info: strawberry.Info[str, None]) -> str:
        return info.context

    @strawberry.field
    async def later(self) -> str:
        return self.facts.text


FACTS = Facts("hello", [])


def both(hidden: bool = False) -> list[Post]:
    return [Post(facts=FACTS, is_shown=not hidden)] * 2


@strawberry.type
class Query:
    posts: list[Post] = strawberry.field(resolver=both)


SCHEMA = strawberry.Schema(Query)


@pytest.fixture(autouse=True)
def nothing_read() -> None:
    FACTS.reads.clear()


def plan(text: str, kept: KeptTexts) -> Plan:
    made = plan_of(operation(SCHEMA, text), SCHEMA, kept)
    assert made is not None
    return made


async def answer(made: Plan, variables: dict[str, object] | None = None, context: str = "ann") -> Any:
    return json.loads(encode_json(await made.execute(Run(context, made.read_variables(variables)))))


async def test_the_same_object_is_written_once_however_often_it_is_asked_for() -> None:
    posts = plan("{ posts { text } }", KeptTexts())

    for _ in range(3):
        assert await answer(posts) == {"posts": [{"text": "hello"}] * 2}
    assert len(FACTS.reads) == 1


async def test_an_object_made_of_something_else_is_another() -> None:
    posts = plan("query ($hidden: Boolean!) { posts(hidden: $hidden) { text } }", KeptTexts())

    assert await answer(posts, {"hidden": False}) == {"posts": [{"text": "hello"}] * 2}
    assert await answer(posts, {"hidden": True}) == {"posts": [{"text": None}] * 2}
    assert await answer(posts, {"hidden": False}) == {"posts": [{"text": "hello"}] * 2}


async def test_two_selections_on_one_object_have_texts_of_their_own() -> None:
    posts = plan("{ a: posts { text } b: posts { said: text } }", KeptTexts())

    assert await answer(posts) == {"a": [{"text": "hello"}] * 2, "b": [{"said": "hello"}] * 2}


async def test_a_selection_that_reads_variables_is_written_each_time() -> None:
    arguments = plan("query ($n: Int!) { posts { text repeated(times: $n) } }", KeptTexts())
    conditions = plan("query ($is: Boolean!) { posts { text more: text @include(if: $is) } }", KeptTexts())

    assert (await answer(arguments, {"n": 1}))["posts"][0]["repeated"] == "hello"
    assert (await answer(arguments, {"n": 2}))["posts"][0]["repeated"] == "hellohello"
    assert "more" in (await answer(conditions, {"is": True}))["posts"][0]
    assert "more" not in (await answer(conditions, {"is": False}))["posts"][0]


async def test_a_selection_that_asks_who_is_asking_is_written_each_time() -> None:
    posts = plan("{ posts { askedBy } }", KeptTexts())

    assert await answer(posts, context="ann") == {"posts": [{"askedBy": "ann"}] * 2}
    assert await answer(posts, context="bob") == {"posts": [{"askedBy": "bob"}] * 2}


async def test_a_selection_that_waits_is_written_each_time() -> None:
    assert await answer(plan("{ posts { text later } }", KeptTexts())) == {
        "posts": [{"text": "hello", "later": "hello"}] * 2
    }
    assert len(FACTS.reads) == 2


@pytest.mark.parametrize("kept", [KeptTexts(texts_max=1), KeptTexts(bytes_max=1)])
async def test_no_more_is_kept_than_may_be(kept: KeptTexts) -> None:
    posts = plan("{ a: posts { text } b: posts { text } }", kept)

    for _ in range(3):
        assert await answer(posts) == {"a": [{"text": "hello"}] * 2, "b": [{"text": "hello"}] * 2}
    assert len(FACTS.reads) > 2


class Source:
    """Something that can be seen to go."""


async def test_what_a_text_was_made_of_lives_as_long_as_the_text_and_no_longer() -> None:
    """An id is one object's only while that object lives: another at the same place must not be taken for it."""
    kept = KeptTexts(texts_max=1)

    @dataclass
    class Made:
        made_of: tuple[object, ...]

    first = Source()
    gone = weakref.ref(first)
    kept.text(Made((first,)), None, _nothing)
    del first
    gc.collect()
    assert gone() is not None
    kept.text(Made((Source(),)), None, _nothing)
    gc.collect()
    assert gone() is None


def _nothing(o: object, run: object) -> dict[str, Any]:
    return {}
