"""Conversations on a socket: sound messages, unsound ones, and bytes that are none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from fuzz.texts import any_text

Talk = list[str | bytes]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def sometimes_wrong(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(right, right, right, anything)


_queries = st.sampled_from(
    [
        "{serverInfo{version}}",
        "{me{id}}",
        "{nothing}",
        "{",
        "subscription{lobbyEvents{change}}",
        "subscription($p:ID!){partyEvents(partyId:$p){seq}}",
        "mutation{quickJoin(input:{}){__typename}}",
    ]
)
_payloads = st.fixed_dictionaries(
    {"query": sometimes_wrong(_queries)},
    optional={
        "operationName": sometimes_wrong(st.none()),
        "variables": sometimes_wrong(st.fixed_dictionaries({"p": sometimes_wrong(any_text)})),
        "extensions": sometimes_wrong(st.none()),
        "documentId": sometimes_wrong(any_text),
        "authorization": sometimes_wrong(any_text),
    },
)
_graphql = st.fixed_dictionaries(
    {
        "type": sometimes_wrong(
            st.sampled_from(["connection_init", "subscribe", "complete", "ping", "pong", "start", "stop", "next"])
        )
    },
    optional={"id": sometimes_wrong(st.sampled_from(["a", "b"])), "payload": sometimes_wrong(_payloads)},
)
_updates = st.fixed_dictionaries(
    {"type": sometimes_wrong(st.sampled_from(["subscribe", "unsubscribe", "ping"]))},
    optional={
        name: sometimes_wrong(any_text) for name in ("party_id", "session_id", "token", "player_id", "after", "more")
    },
)
_noise = st.text(max_size=40) | st.binary(max_size=40) | st.sampled_from(["[" * 5_000, "9" * 400, '{"type":'])


def talks(path: str) -> st.SearchStrategy[Talk]:
    """What a client may say on `/graphql` or `/updates`."""
    messages = _updates if path == "/updates" else _graphql
    return st.lists(messages.map(json.dumps) | anything.map(json.dumps) | _noise, max_size=8).map(_sendable)


def _sendable(talk: Talk) -> Talk:
    """A frame of text has no lone surrogates; those are left to JSON's escapes."""
    return [each.encode("utf-8", "replace").decode() if isinstance(each, str) else each for each in talk]
