"""Documents by their text: each is parsed and validated once, and the newest are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from graphql.validation import ASTValidationRule

from lobby.operations.errors import LIMIT_EXCEEDED, PARSE_FAILED, VALIDATION_FAILED
from lobby.operations.prepared import InvalidDocument, PreparedDocument, prepare_operations
from lobby.operations.reporting import request_entry
from lobby.operations.result import error_entry
from lobby.operations.size import repeated_pairs, sizes


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What one document may cost, and how many are kept.

    Parsing and validating block the event loop, hence the first three: together they hold it to some 0.3 s
    at the very worst. `levels_max` and `fields_max` count an operation with its fragments written out;
    introspection by GraphiQL has 15 and 220. A kept document takes about 40 times its text in memory, hence
    `kept_chars_max`.
    """

    document_chars_max: int = 20_000
    tokens_max: int = 2_000
    repeated_pairs_max: int = 20_000
    levels_max: int = 25
    fields_max: int = 2_000
    errors_max: int = 20
    kept_max: int = 1_000
    kept_chars_max: int = 500_000


class Documents:
    """A bounded cache of documents by text, least recently used out first. Invalid ones are kept too:
    clients repeat them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: DocumentLimits,
        rules: Sequence[type[ASTValidationRule]] = (),
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = (*specified_rules, *rules)
        self._kept: OrderedDict[str, PreparedDocument | InvalidDocument] = OrderedDict()
        self._kept_chars = 0

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

    def read(self, text: str) -> PreparedDocument | InvalidDocument:
        """The document of that text, parsed and validated now, and not kept."""
        limits = self._limits
        try:
            document = parse(text, max_lexical_tokens=limits.tokens_max, max_comments=limits.tokens_max)
        except GraphQLError as error:
            return _invalid([error], PARSE_FAILED)
        if repeated_pairs(document) > limits.repeated_pairs_max:
            return _excessive("The document selects fields of the same name too often.")
        errors = validate(self._schema, document, self._rules, max_errors=limits.errors_max)
        if errors:
            return _invalid(errors, VALIDATION_FAILED)
        return self._refuse_large(document) or prepare_operations(document)

    def _refuse_large(self, document: DocumentNode) -> InvalidDocument | None:
        limits = self._limits
        for size in sizes(document):
            if size.levels > limits.levels_max:
                return _excessive(f"An operation selects at most {limits.levels_max} levels of fields.")
            if size.fields > limits.fields_max:
                return _excessive(f"An operation selects at most {limits.fields_max} fields, fragments included.")
        return None

    def _keep(self, text: str, document: PreparedDocument | InvalidDocument) -> PreparedDocument | InvalidDocument:
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
