"""What documents may cost that anybody can send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What one document may cost, and how many are kept. Documents known from the start are held to none of it.

    Parsing and validating block the event loop. The bounds up to `items_max` hold them to some 50 ms at the worst that we could
    find, and to 1 ms for what clients send: the largest document of ours has 380 tokens, 35 repeated pairs and 202 fields.
    `levels_max` and `fields_max` count an operation with its fragments written out; introspection by GraphiQL has 15 and 226.
    `price_max` counts fields as they are answered, lists by their length (see `price.py`); introspection has 29,000. A
    kept document takes about 40 times its
    text in memory, hence `kept_chars_max`.
    """

    document_chars_max: int = 20_000
    tokens_max: int = 2_000
    repeated_pairs_max: int = 3_000
    operations_max: int = 50
    fragments_max: int = 50
    spreads_max: int = 100
    aliases_max: int = 50
    directives_max: int = 50
    variables_max: int = 50
    items_max: int = 100
    """Of one list or one input object, in the document and in the variables."""
    variables_depth_max: int = 10
    levels_max: int = 25
    fields_max: int = 2_000
    price_max: int = 40_000
    errors_max: int = 10
    kept_max: int = 1_000
    kept_chars_max: int = 500_000
