"""Documents by their text: each is parsed and validated once, on a thread beside the event loop, and the latest are kept."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from hashlib import sha256
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import ASTValidationRule

from lobby.app.errors import LIMIT_EXCEEDED, PARSE_FAILED, VALIDATION_FAILED
from lobby.runtime.gc_tuning import gc_paused
from lobby.runtime.lru_cache import LRUCache
from web.graphql.execution.document_limits import DocumentLimits, selection_sizes, violation
from web.graphql.execution.error_reporting import request_entry
from web.graphql.execution.operation import InvalidDocument, ValidDocument, index_operations
from web.graphql.execution.result import error_entry

Document = ValidDocument | InvalidDocument

TRUSTED_ANSWER_FACTOR = 4
"""How much longer the answers of trusted documents may be. A page of 50 parties has 6 MB at most: if all attributes are as long
as they may be, and JSON needs six bytes for each of their characters. So nobody can make the list fail with such parties."""
TRUSTED_KEPT_MAX = 2_048
"""Trusted documents that a process keeps for the next server that it starts."""


class Documents:
    """Documents by text: those that the server trusts, and a bounded cache of others. Invalid ones are kept too, because clients
    repeat them.

    The texts of trusted documents are known from the start. Each is parsed at the first request for it: to parse all of
    `client_queries/` takes 0.4 s, and a server that restarts must answer soon.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits,
        rules: Sequence[type[ASTValidationRule]] = (),
        introspection: bool = True,
        trusted: Iterable[str] = (),
    ) -> None:
        """Without `introspection` a document may not ask for the schema, and errors do not suggest names. `trusted`: the texts of
        documents of this server."""
        self._schema = schema
        self._limits = limits
        self._hide_suggestions = not introspection
        self._rules = (*specified_rules, *rules, *(() if introspection else (NoSchemaIntrospectionCustomRule,)))
        self._trusted_texts = {document_hash(text): text for text in trusted}
        self._trusted: dict[str, Document | None] = dict.fromkeys(self._trusted_texts.values())
        """None until the first request for it."""
        self._kept: LRUCache[str, Document] = LRUCache(limits.kept_max, limits.kept_chars_max)
        self._loading: dict[str, asyncio.Task[Document]] = {}

    def trusted_text(self, hashed: str) -> str | None:
        """The text of the trusted document with that hash."""
        return self._trusted_texts.get(hashed)

    def is_trusted(self, text: str) -> bool:
        return text in self._trusted

    def get(self, text: str) -> Document | None:
        """The document of that text, if it was read before and is kept."""
        return self._trusted.get(text) or self._kept.get(text)

    async def load(self, text: str) -> Document:
        """The document of that text: kept, or else parsed and validated beside the event loop.

        Requests for the same text share one reading: many come at once when a new client is released. Raises `TooBusy`.
        """
        kept = self.get(text)
        if kept is not None:
            return kept
        is_trusted = self.is_trusted(text)
        if not is_trusted and len(text) > self._limits.document_chars_max:
            return _excessive(f"A document has at most {self._limits.document_chars_max} characters.")
        reading = self._loading.get(text)
        if reading is None:
            work = offload_trusted(self._read_trusted, text) if is_trusted else offload(self.read, text)
            reading = self._loading[text] = asyncio.create_task(work, name="a document")
            reading.add_done_callback(partial(self._finish_loading, text))
        # If a request is cancelled before the document is read, the other requests still wait for the document.
        return self._keep(text, await asyncio.shield(reading))

    def is_loading(self, text: str) -> bool:
        """True if `load` only has to wait for a reading that runs already."""
        return text in self._loading

    def read(self, text: str) -> Document:
        """The document of that text, parsed and validated on this thread, and not kept."""
        limits = self._limits
        try:
            document = parse(text, max_lexical_tokens=limits.tokens_max, max_comments=limits.tokens_max)
        except GraphQLError as error:
            return _invalid([error], PARSE_FAILED)
        message = violation(document, limits)
        if message is not None:
            return _excessive(message)
        errors = validate(
            self._schema, document, self._rules, limits.errors_max, hide_suggestions=self._hide_suggestions
        )
        if errors:
            return _invalid(errors, VALIDATION_FAILED)
        return self._too_large(document) or index_operations(
            self._schema, document, answer_bytes_max=limits.answer_bytes_max
        )

    def _read_trusted(self, text: str) -> Document:
        """Of its limits only that of the bytes of an answer holds."""
        return _trusted_document(self._schema, self._rules, text, TRUSTED_ANSWER_FACTOR * self._limits.answer_bytes_max)

    def _too_large(self, document: DocumentNode) -> InvalidDocument | None:
        limits = self._limits
        for size in selection_sizes(document):
            if size.levels > limits.levels_max:
                return _excessive(f"An operation selects at most {limits.levels_max} levels of fields.")
            if size.fields > limits.fields_max:
                return _excessive(f"An operation selects at most {limits.fields_max} fields, fragments included.")
        return None

    def _finish_loading(self, text: str, reading: asyncio.Task[Document]) -> None:
        del self._loading[text]
        if not reading.cancelled():
            reading.exception()  # retrieved here, in case every request that waited for it was cancelled

    def _keep(self, text: str, document: Document) -> Document:
        kept = self.get(text)  # by another request that waited for the same reading
        if kept is not None:
            return kept
        if self.is_trusted(text):
            self._trusted[text] = document
        else:
            self._kept.put(text, document, len(text))
        return document


@lru_cache(TRUSTED_KEPT_MAX)
def _trusted_document(
    schema: GraphQLSchema, rules: tuple[type[ASTValidationRule], ...], text: str, answer_bytes_max: int
) -> Document:
    """It depends on nothing else, so all servers of a process share it: tests start hundreds of servers."""
    document = parse(text)
    errors = validate(schema, document, rules)
    return _invalid(errors, VALIDATION_FAILED) if errors else index_operations(schema, document, True, answer_bytes_max)


def _invalid(errors: list[GraphQLError], code: str) -> InvalidDocument:
    return InvalidDocument(tuple(request_entry(error, code) for error in errors))


def _excessive(message: str) -> InvalidDocument:
    return InvalidDocument((error_entry(LIMIT_EXCEEDED, message),))


def document_hash(text: str) -> str:
    """The SHA-256 of a document's text in lower-case hex, by which clients name it."""
    return sha256(text.encode()).hexdigest()


# The threads for work on documents, which takes tens of milliseconds.
#
# The work is plain Python, so a thread does not make it faster. But the event loop gets the interpreter's lock back within
# `SWITCH_S`, instead of at the end. A document at its limits takes 50 ms; on the event loop, a few of them in a row delayed every
# request by half a second. A query needs the lock some three times, a mutation, which waits for the disk, twice as often.

Params = ParamSpec("Params")
Returned = TypeVar("Returned")

SWITCH_S = 0.000_1
"""The switch interval during such work. CPython's default is fifty times as long (sys.getswitchinterval)."""
WAITING_MAX = 64
"""Past this many waiting pieces of work, the next one is refused."""

_thread = ThreadPoolExecutor(1, "documents")
_trusted_thread = ThreadPoolExecutor(1, "trusted documents")
_slots = BoundedSemaphore(WAITING_MAX)
_default_switch_s = sys.getswitchinterval()


class TooBusy(Exception):
    """Too much work waits already."""


async def offload(work: Callable[Params, Returned], *args: Params.args, **kwargs: Params.kwargs) -> Returned:
    """Run `work` on the thread, and return its result. Raises `TooBusy`, or what `work` raises."""
    if not _slots.acquire(blocking=False):
        raise TooBusy
    running = _thread.submit(lambda: _run_gently(work, *args, **kwargs))
    # The work gives its slot back itself, because the event loop that waits for it may be gone by then.
    running.add_done_callback(lambda _: _slots.release())
    return await asyncio.wrap_future(running)


async def offload_trusted(work: Callable[Params, Returned], *args: Params.args, **kwargs: Params.kwargs) -> Returned:
    """The same for trusted documents. They are few, so none is refused, and none waits for the documents of strangers."""
    return await asyncio.wrap_future(_trusted_thread.submit(lambda: _run_gently(work, *args, **kwargs)))


def _run_gently(work: Callable[Params, Returned], *args: Params.args, **kwargs: Params.kwargs) -> Returned:
    sys.setswitchinterval(SWITCH_S)
    try:
        # The tokens of a document and the visitors that validated it refer to each other: they are reference cycles.
        with gc_paused(collect_young_objects=True):
            return work(*args, **kwargs)
    finally:
        sys.setswitchinterval(_default_switch_s)
