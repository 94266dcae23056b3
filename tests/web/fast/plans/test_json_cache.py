"""JSON that never changes is encoded once; JSON that may change is encoded each time."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry

from tests.web.fast.plans.planning import operation
from web.fast.json_cache import JsonCache
from web.fast.plans.plan import Plan, Run
from web.fast.plans.planner import plan_of
from web.graphql.execution.result import encode_json


@dataclass(frozen=True)
class Facts:
    """The content of a post. `reads` counts how often its text was read."""

    text: str
    reads: list[int]


@strawberry.type
class Post:
    source: strawberry.Private[Facts]
    is_shown: strawberry.Private[bool]

    @property
    def cache_key(self) -> Hashable:
        return id(self.source), self.is_shown

    @property
    def cache_bytes(self) -> int:
        return 0

    @strawberry.field
    def text(self) -> str | None:
        self.source.reads.append(1)
        return self.source.text if self.is_shown else None

    @strawberry.field
    def repeated(self, times: int = 1) -> str:
        return self.source.text * times

    @strawberry.field
    def asked_by(self, info: strawberry.Info[str, None]) -> str:
        return info.context

    @strawberry.field
    async def later(self) -> str:
        return self.source.text


FACTS = Facts("hello", [])


def both(hidden: bool = False) -> list[Post]:
    return [Post(source=FACTS, is_shown=not hidden)] * 2


@strawberry.type
class Query:
    posts: list[Post] = strawberry.field(resolver=both)


SCHEMA = strawberry.Schema(Query)


@pytest.fixture(autouse=True)
def nothing_read() -> None:
    FACTS.reads.clear()


@dataclass(frozen=True, slots=True)
class CachedPlan:
    """A plan and the cache of its server."""

    plan: Plan
    kept: JsonCache


def plan(text: str, kept: JsonCache) -> CachedPlan:
    made = plan_of(operation(SCHEMA, text), SCHEMA)
    assert made is not None
    return CachedPlan(made, kept)


async def answer(made: CachedPlan, variables: dict[str, object] | None = None, context: str = "ann") -> Any:
    run = Run(context, made.plan.read_variables(variables), cached=made.kept.text)
    return json.loads(encode_json(await made.plan.execute(run)))


async def test_the_same_object_is_written_once_however_often_it_is_asked_for() -> None:
    posts = plan("{ posts { text } }", JsonCache())

    for _ in range(3):
        assert await answer(posts) == {"posts": [{"text": "hello"}] * 2}
    assert len(FACTS.reads) == 1


async def test_an_object_made_of_something_else_is_another() -> None:
    posts = plan("query ($hidden: Boolean!) { posts(hidden: $hidden) { text } }", JsonCache())

    assert await answer(posts, {"hidden": False}) == {"posts": [{"text": "hello"}] * 2}
    assert await answer(posts, {"hidden": True}) == {"posts": [{"text": None}] * 2}
    assert await answer(posts, {"hidden": False}) == {"posts": [{"text": "hello"}] * 2}


async def test_two_selections_on_one_object_have_texts_of_their_own() -> None:
    posts = plan("{ a: posts { text } b: posts { said: text } }", JsonCache())

    assert await answer(posts) == {"a": [{"text": "hello"}] * 2, "b": [{"said": "hello"}] * 2}


async def test_the_same_selection_in_another_document_has_the_same_text() -> None:
    kept = JsonCache()
    one = plan("{ posts { ...Text } } fragment Text on Post { __typename text repeated(times: 2) }", kept)
    other = plan("query Other { others: posts { ... { __typename text } repeated(times: 2) } }", kept)

    expected = [{"__typename": "Post", "text": "hello", "repeated": "hellohello"}] * 2
    assert await answer(one) == {"posts": expected}
    assert await answer(other) == {"others": expected}
    assert len(FACTS.reads) == 1


@pytest.mark.parametrize(
    ("selected", "shown"),
    [
        ("said: text", {"said": "hello"}),
        ("text repeated", {"text": "hello", "repeated": "hello"}),
        ("repeated(times: 2) text", {"repeated": "hellohello", "text": "hello"}),
        ("text repeated(times: 3)", {"text": "hello", "repeated": "hellohellohello"}),
        ("repeated: text text: repeated(times: 2)", {"repeated": "hello", "text": "hellohello"}),
    ],
)
async def test_another_selection_in_another_document_has_another_text(selected: str, shown: dict[str, str]) -> None:
    kept = JsonCache()
    await answer(plan("{ posts { text repeated(times: 2) } }", kept))

    posts = (await answer(plan(f"{{ posts {{ {selected} }} }}", kept)))["posts"]
    assert posts == [shown] * 2
    assert list(posts[0]) == list(shown)


async def test_a_selection_that_reads_variables_is_written_each_time() -> None:
    arguments = plan("query ($n: Int!) { posts { text repeated(times: $n) } }", JsonCache())
    conditions = plan("query ($is: Boolean!) { posts { text more: text @include(if: $is) } }", JsonCache())

    assert (await answer(arguments, {"n": 1}))["posts"][0]["repeated"] == "hello"
    assert (await answer(arguments, {"n": 2}))["posts"][0]["repeated"] == "hellohello"
    assert "more" in (await answer(conditions, {"is": True}))["posts"][0]
    assert "more" not in (await answer(conditions, {"is": False}))["posts"][0]


async def test_a_selection_that_asks_who_is_asking_is_written_each_time() -> None:
    posts = plan("{ posts { askedBy } }", JsonCache())

    assert await answer(posts, context="ann") == {"posts": [{"askedBy": "ann"}] * 2}
    assert await answer(posts, context="bob") == {"posts": [{"askedBy": "bob"}] * 2}


async def test_a_selection_that_waits_is_written_each_time() -> None:
    assert await answer(plan("{ posts { text later } }", JsonCache())) == {
        "posts": [{"text": "hello", "later": "hello"}] * 2
    }
    assert len(FACTS.reads) == 2


@pytest.mark.parametrize("kept", [JsonCache(texts_max=1), JsonCache(bytes_max=1)])
async def test_no_more_is_kept_than_may_be(kept: JsonCache) -> None:
    posts = plan("{ a: posts { text } b: posts { said: text } }", kept)

    for _ in range(3):
        assert await answer(posts) == {"a": [{"text": "hello"}] * 2, "b": [{"said": "hello"}] * 2}
    assert len(FACTS.reads) > 2


async def test_a_text_that_is_used_stays_longer_than_others() -> None:
    kept = JsonCache(texts_max=2)
    texts = [plan(f"{{ posts {{ said{number}: text }} }}", kept) for number in range(3)]

    for number in (0, 1, 0, 2):
        await answer(texts[number])
    reads = len(FACTS.reads)
    await answer(texts[0])
    assert len(FACTS.reads) == reads
    await answer(texts[1])
    assert len(FACTS.reads) > reads


async def test_objects_of_one_class_push_out_none_of_another() -> None:
    kept = JsonCache(texts_max=1)

    @dataclass
    class One:
        cache_key: Hashable
        source: object = None
        cache_bytes: int = 0

    @dataclass
    class Other(One):
        pass

    text = kept.text(One(1), Run(None, {}), _nothing, "nothing")
    kept.text(Other(1), Run(None, {}), _nothing, "nothing")
    assert kept.text(One(1), Run(None, {}), _nothing, "nothing") is text


class Source:
    """Something that can be seen to go."""


async def test_what_a_text_was_made_of_lives_as_long_as_the_text_and_no_longer() -> None:
    """An `id()` belongs to an object only while it lives. A new object with the same id must not get the old JSON."""
    kept = JsonCache(texts_max=1)

    @dataclass
    class Made:
        source: Source
        cache_bytes: int = 0

        @property
        def cache_key(self) -> Hashable:
            return id(self.source)

    first = Source()
    gone = weakref.ref(first)
    kept.text(Made(first), Run(None, {}), _nothing, "nothing")
    del first
    gc.collect()
    assert gone() is not None
    kept.text(Made(Source()), Run(None, {}), _nothing, "nothing")
    gc.collect()
    assert gone() is None


async def test_objects_that_are_kept_with_short_texts_count() -> None:
    kept = JsonCache(bytes_max=100)

    @dataclass
    class Large:
        source: Source
        cache_bytes: int = 60

        @property
        def cache_key(self) -> Hashable:
            return id(self.source)

    first = Source()
    gone = weakref.ref(first)
    kept.text(Large(first), Run(None, {}), _nothing, "nothing")
    del first
    kept.text(Large(Source()), Run(None, {}), _nothing, "nothing")
    gc.collect()
    assert gone() is None


def _nothing(o: object, run: object) -> dict[str, Any]:
    return {}
