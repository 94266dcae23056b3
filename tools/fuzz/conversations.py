"""Conversations on a WebSocket: valid messages, invalid messages, and bytes that are no messages."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tools.fuzz.places import graphql_documents, read_schema
from tools.fuzz.texts import any_text
from web.updates.messages import Subscribe, Unsubscribe

Conversation = list[str | bytes]
"""The frames that a client sends, in their order."""

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Three times in four `right`, else anything."""
    return st.one_of(right, right, right, anything)


INVALID_DOCUMENTS = ("{nothing}", "{")

_documents = graphql_documents(read_schema(), "query", "mutation", "subscription")
_queries = st.sampled_from([*_documents.values(), *INVALID_DOCUMENTS])
_payloads = st.fixed_dictionaries(
    {"query": mostly(_queries)},
    optional={
        "operationName": mostly(st.none()),
        "variables": mostly(st.fixed_dictionaries({"t": mostly(any_text)})),
        "extensions": mostly(st.none()),
        "documentId": mostly(any_text),
        "authorization": mostly(any_text),
    },
)
_types = ["connection_init", "subscribe", "complete", "ping", "pong", "start", "stop", "next"]
_graphql = st.fixed_dictionaries(
    {"type": mostly(st.sampled_from(_types))},
    optional={"id": mostly(st.sampled_from(["a", "b"])), "payload": mostly(_payloads)},
)
_update_fields = {name for kind in (Subscribe, Unsubscribe) for name in kind.__struct_fields__} | {"unknown"}
_update_types = [kind.__struct_config__.tag for kind in (Subscribe, Unsubscribe)]
_updates = st.fixed_dictionaries(
    {"type": mostly(st.sampled_from([*_update_types, "ping"]))},
    optional={name: mostly(any_text) for name in sorted(_update_fields)},
)
_noise = st.text(max_size=40) | st.binary(max_size=40) | st.sampled_from(["[" * 5_000, "9" * 400, '{"type":'])


def conversations(path: str) -> st.SearchStrategy[Conversation]:
    """Conversations on `/graphql` or `/updates`, of up to eight frames."""
    messages = _updates if path == "/updates" else _graphql
    return st.lists(messages.map(json.dumps) | anything.map(json.dumps) | _noise, max_size=8).map(_encodable)


def _encodable(conversation: Conversation) -> Conversation:
    """A text frame cannot hold lone surrogates; they occur in JSON's escapes only."""
    return [each.encode("utf-8", "replace").decode() if isinstance(each, str) else each for each in conversation]
