"""Documents that are cheap to send and expensive to parse, validate or execute.

Each request has a different document, since the server caches the documents that it has parsed.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tools.attack.context import Attack, AttackContext, Outcome
from tools.attack.raw_http import encode_operation, post

REFUSAL_CODES = ("LIMIT_EXCEEDED", "RATE_LIMITED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_REQUEST")
MEGABYTE = 1_000_000


def _document(name: str, sends: str, text: Callable[[int], str], *more: str) -> Attack:
    async def run(context: AttackContext) -> Outcome:
        outcome = await context.repeat(
            lambda number: post(context.target, encode_operation(text(number)), context.eve.token)
        )
        outcome.allow_only(*REFUSAL_CODES, *more)
        return outcome

    return Attack(name, sends, run)


def _variables(name: str, sends: str, variables: Callable[[int], bytes], *more: str) -> Attack:
    query = b'{"query":"query($f:PartyFilter){parties(filter:$f){totalCount}}","variables":{"f":'

    async def run(context: AttackContext) -> Outcome:
        body = query + variables(0) + b"}}"
        outcome = await context.repeat(lambda _: post(context.target, body, context.eve.token))
        outcome.allow_only(*REFUSAL_CODES, *more)
        return outcome

    return Attack(name, sends, run)


def _aliases(number: int) -> str:
    return "{" + " ".join(f"a{number}_{n}:serverInfo{{version}}" for n in range(300)) + "}"


def _overlapping(number: int) -> str:
    return f"{{ x{number}: me {{ id }} " + "me { id displayName } " * 180 + "}"


def _doubling(number: int) -> str:
    fragments = " ".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(45))
    return f"{{...F0 b{number}:__typename}} {fragments} fragment F45 on Query{{me{{id}}}}"


def _cyclic_fragments(number: int) -> str:
    turns = " ".join(f"fragment F{n} on Query{{...F{(n + 1) % 40}}}" for n in range(40))
    return f"{{c{number}:__typename ...F0}} {turns}"


def _cyclic_fields(number: int) -> str:
    return f"{{d{number}:myParty{{" + "session{party{" * 12 + "id" + "}}" * 12 + "}}"


def _directives(number: int) -> str:
    return f"{{e{number}:__typename " + "@skip(if:false)" * 300 + "}"


def _misspelt(number: int) -> str:
    return "{" + " ".join(f"partie{number}x{n}" for n in range(600)) + "}"


def _introspection(number: int) -> str:
    return f"{{f{number}:__schema{{types{{" + "fields{type{" * 10 + "name" + "}}" * 10 + "}}}"


def _expensive(number: int) -> str:
    """Costs half of what an operation may cost, so that the server executes it, each time again."""
    return f"{{g{number}:parties(first:50){{nodes{{members{{player{{id displayName}}attributes{{key value}}}}}}}}}}"


async def _megabyte(context: AttackContext) -> Outcome:
    body = encode_operation("{" + " me" * (MEGABYTE // 3) + "}")
    outcome = await context.repeat(lambda _: post(context.target, body, context.eve.token), may_close=True)
    outcome.allow_only(*REFUSAL_CODES, "closed")
    return outcome


async def _batch(context: AttackContext) -> Outcome:
    body = json.dumps([{"query": "{serverInfo{version}}"}] * 1_000).encode()
    outcome = await context.repeat(lambda _: post(context.target, body, context.eve.token))
    outcome.allow_only(*REFUSAL_CODES)
    return outcome


ATTACKS = (
    _document("alias bomb", "300 aliases of one field", _aliases),
    _document("overlapping fields", "180 times the same field, to be merged", _overlapping),
    _document("doubling fragments", "45 fragments that spread the next one twice: 2^45 fields", _doubling),
    _document("cyclic fragments", "40 fragments in a ring", _cyclic_fragments),
    _document("cyclic fields", "party, session, party, … 24 deep", _cyclic_fields, "ok"),
    _document("directive overload", "300 directives on one field", _directives),
    _document("misspelt fields", "600 unknown fields, each similar to a known one", _misspelt),
    _document("introspection loops", "types, fields, type, fields, … 20 deep", _introspection),
    _document("dear lists", "50 parties with all their members", _expensive, "ok"),
    Attack("1 MB documents", "a document of a megabyte", _megabyte),
    Attack("batches", "1,000 operations in one request", _batch),
    _variables("deep variables", "JSON nested 20,000 deep", lambda _: b"[" * 20_000),
    _variables("long variables", "a list of 20,000 items", lambda _: b"[" + b"1," * 20_000 + b"1]"),
    _variables(
        "wide variables",
        "3,000 unknown fields",
        lambda _: json.dumps({f"k{n}": 1 for n in range(3_000)}).encode(),
    ),
    _variables(
        "huge variables",
        "a text of 100,000 characters",
        lambda _: json.dumps({"nameContains": "ä" * 20_000}).encode(),
        "BAD_USER_INPUT",
    ),
)
