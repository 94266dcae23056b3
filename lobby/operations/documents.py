"""Documents by their text: each is parsed and validated once, and the newest are kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

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

from lobby.operations.aside import aside
from lobby.operations.document_limits import DocumentLimits
from lobby.operations.errors import LIMIT_EXCEEDED, PARSE_FAILED, VALIDATION_FAILED
from lobby.operations.prepared import InvalidDocument, PreparedDocument, prepare_operations
from lobby.operations.reporting import request_entry
from lobby.operations.result import error_entry
from lobby.operations.shape import excess
from lobby.operations.size import sizes


class Documents:
    """A bounded cache of documents by text, least recently used out first. Invalid ones are kept too:
    clients repeat them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits,
        rules: Sequence[type[ASTValidationRule]] = (),
        introspection: bool = True,
    ) -> None:
        """Without `introspection` a document may not ask what the schema is, nor is it told what it may have meant."""
        self._schema = schema
        self._limits = limits
        self._hide_suggestions = not introspection
        self._rules = (*specified_rules, *rules, *(() if introspection else (NoSchemaIntrospectionCustomRule,)))
        self._kept: OrderedDict[str, PreparedDocument | InvalidDocument] = OrderedDict()
        self._kept_chars = 0
        self._being_read: dict[str, asyncio.Task[PreparedDocument | InvalidDocument]] = {}

    def prepare(self, text: str) -> PreparedDocument | InvalidDocument:
        """The document of that text, parsed and validated now or before."""
        kept = self.kept(text)
        if kept is not None:
            return kept
        if len(text) > self._limits.document_chars_max:
            return _excessive(f"A document has at most {self._limits.document_chars_max} characters.")
        return self._keep(text, self.read(text))

    def kept(self, text: str) -> PreparedDocument | InvalidDocument | None:
        """The document of that text, if it was prepared lately."""
        kept = self._kept.get(text)
        if kept is not None:
            self._kept.move_to_end(text)
        return kept

    async def prepared(self, text: str) -> PreparedDocument | InvalidDocument:
        """The same, beside the event loop; read once for all who ask meanwhile, as they do when a new client comes out. Raises
        `TooBusy`."""
        if len(text) > self._limits.document_chars_max:
            return self.prepare(text)
        reading = self._being_read.get(text)
        if reading is None:
            reading = self._being_read[text] = asyncio.create_task(aside(self.read, text), name="a document")
            reading.add_done_callback(partial(self._was_read, text))
        # Whoever goes away meanwhile leaves it to the others.
        return self._keep(text, await asyncio.shield(reading))

    def is_being_read(self, text: str) -> bool:
        """Whether `prepared` costs no more than waiting."""
        return text in self._being_read

    def trusted(self, text: str) -> PreparedDocument | InvalidDocument:
        """A document of our own: held to no bound, and not kept."""
        document = parse(text)
        errors = validate(self._schema, document, self._rules)
        if errors:
            return _invalid(errors, VALIDATION_FAILED)
        return prepare_operations(self._schema, document, is_trusted=True)

    def read(self, text: str) -> PreparedDocument | InvalidDocument:
        """The document of that text, parsed and validated now, and not kept."""
        limits = self._limits
        try:
            document = parse(text, max_lexical_tokens=limits.tokens_max, max_comments=limits.tokens_max)
        except GraphQLError as error:
            return _invalid([error], PARSE_FAILED)
        too_much = excess(document, limits)
        if too_much is not None:
            return _excessive(too_much)
        errors = validate(
            self._schema, document, self._rules, limits.errors_max, hide_suggestions=self._hide_suggestions
        )
        if errors:
            return _invalid(errors, VALIDATION_FAILED)
        return self._refuse_large(document) or prepare_operations(self._schema, document)

    def _refuse_large(self, document: DocumentNode) -> InvalidDocument | None:
        limits = self._limits
        for size in sizes(document):
            if size.levels > limits.levels_max:
                return _excessive(f"An operation selects at most {limits.levels_max} levels of fields.")
            if size.fields > limits.fields_max:
                return _excessive(f"An operation selects at most {limits.fields_max} fields, fragments included.")
        return None

    def _was_read(self, text: str, reading: asyncio.Task[PreparedDocument | InvalidDocument]) -> None:
        del self._being_read[text]
        if not reading.cancelled():
            reading.exception()  # looked at here, for the case that everyone who asked has gone

    def _keep(self, text: str, document: PreparedDocument | InvalidDocument) -> PreparedDocument | InvalidDocument:
        if text in self._kept:
            return self._kept[text]  # somebody else asked for it at the same time
        self._kept[text] = document
        self._kept_chars += len(text)
        while len(self._kept) > self._limits.kept_max or self._kept_chars > self._limits.kept_chars_max:
            forgotten, _ = self._kept.popitem(last=False)
            self._kept_chars -= len(forgotten)
        return document


def _invalid(errors: list[GraphQLError], code: str) -> InvalidDocument:
    return InvalidDocument(tuple(request_entry(error, code) for error in errors))


def _excessive(message: str) -> InvalidDocument:
    return InvalidDocument((error_entry(LIMIT_EXCEEDED, message),))
