"""Helpers of the mutations: run a command once for each idempotency key, and make the result that a mutation returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import blake2b
from typing import Any, Protocol, TypeVar

import strawberry
from strawberry import UNSET

from lobby.app.idempotency import CommandResult, IdempotencyKey, canonical_key
from lobby.domain import rejections
from lobby.domain.commands import Command
from lobby.domain.rejections import invalid
from resolvers.context import Context, Info
from resolvers.inputs import unset_to_none
from schema.party import Party
from schema.results import PartyChanged, Rejection, SessionChanged
from schema.session import SessionTicket

Outcome = CommandResult | rejections.Rejection
Result = TypeVar("Result")


class KeyedInput(Protocol):
    """The `input` of a mutation that happens once for each idempotency key."""

    idempotency_key: strawberry.ID | None


class PartyInput(KeyedInput, Protocol):
    party_id: strawberry.ID


class SessionInput(KeyedInput, Protocol):
    session_id: strawberry.ID


async def run_once(
    info: Info, input: KeyedInput, run: Callable[[IdempotencyKey | None], Awaitable[Result | rejections.Rejection]]
) -> Result | rejections.Rejection:
    """Call `run` with the idempotency key of `input`, or return the rejection of that key."""
    key = idempotency_key(info, input)
    return key if isinstance(key, rejections.Rejection) else await run(key)


async def execute_in_party(info: Info, input: PartyInput, command: Command) -> Outcome:
    """Execute `command` in the party that `input` names."""
    key = idempotency_key(info, input)
    if isinstance(key, rejections.Rejection):
        return key
    if_version: int | None = unset_to_none(getattr(input, "if_version", None))
    return await info.context.services.handler.execute(input.party_id, command, key, if_version)


async def in_party(info: Info, input: PartyInput, command: Command) -> PartyChanged | Rejection:
    """The result of `command` in the party that `input` names."""
    return party_result(info.context, await execute_in_party(info, input, command))


async def in_session(
    info: Info, input: SessionInput, command: Command, grants_ticket: bool = False
) -> SessionChanged | Rejection:
    """The result of `command` in the session that `input` names."""
    handler = info.context.services.handler
    outcome = await run_once(info, input, lambda key: handler.execute_in_session(input.session_id, command, key))
    ticket = await fresh_ticket(info.context, outcome) if grants_ticket else None
    return session_result(info.context, outcome, ticket)


async def fresh_ticket(context: Context, outcome: Outcome) -> SessionTicket | None:
    """The caller's ticket into the session that the outcome led into. A replayed result gets a new one too."""
    if isinstance(outcome, rejections.Rejection) or outcome.party.session is None:
        return None
    return SessionTicket.of(await context.ticket(outcome.party.id, outcome.party.session.id))


def party_result(context: Context, outcome: Outcome, ticket: SessionTicket | None = None) -> PartyChanged | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, context.viewer)
    party = Party.of(outcome.party, context.viewer)
    return PartyChanged(party=party, seq=outcome.seq, replayed=outcome.replayed, ticket=ticket)


def session_result(
    context: Context, outcome: Outcome, ticket: SessionTicket | None = None
) -> SessionChanged | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, context.viewer)
    party = Party.of(outcome.party, context.viewer)
    session = outcome.party.latest_session
    assert session is not None, "after a command about a session, the party has a session"
    return SessionChanged(
        session=party.session_of(session),
        party=party,
        seq=outcome.seq,
        replayed=outcome.replayed,
        ticket=ticket,
    )


# Idempotency keys.

KEY_CHARS_MAX = 64
_PLAIN_TYPES = frozenset({str, int, bool, float})
COUNTED_AT_DEFAULT = frozenset({"leave_current", "ban", "force"})
"""The fields of 0.1.0 that have another default than null. They are in the digests of stored keys, so they stay. Every other
field at its default is left out: a release can add one, and the key of a request that is sent again after the update fits."""


def idempotency_key(info: Info, input: KeyedInput) -> IdempotencyKey | rejections.Rejection | None:
    """The idempotency key of `input`, or the rejection of that key; None without a key."""
    return bind_idempotency_key(info.field_name, input, input.idempotency_key, info.context.services.fingerprint_key)


def bind_idempotency_key(
    operation: str, payload: object, key: str | None, secret: bytes
) -> IdempotencyKey | rejections.Rejection | None:
    """The key with a digest of the operation and its payload, so that another request cannot use it; None without a key.

    `secret` is the key of the digest: payloads hold passwords, which must not be guessed from a stored digest.
    """
    if not key or key is UNSET:
        return None if key != "" else invalid("idempotency_key", f"Must be 1 to {KEY_CHARS_MAX} characters.")
    if len(key) > KEY_CHARS_MAX:
        return invalid("idempotency_key", f"Must be 1 to {KEY_CHARS_MAX} characters.")
    text = repr((operation, _comparable(payload)))
    return IdempotencyKey(canonical_key(key), blake2b(text.encode(), digest_size=32, key=secret).digest())


def _comparable(value: object) -> object:
    """The value without the key, null fields and fields at their default, so that null and a field that is left out are the same
    input."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    class_: Any = type(value)
    names = _field_names(class_)
    if names is None:
        return value
    comparable = []
    for name, default in names:
        part = getattr(value, name)
        if part is not None and part is not UNSET and part is not default:
            comparable.append((name, part if type(part) in _PLAIN_TYPES else _comparable(part)))
    return comparable


@cache
def _field_names(class_: Any) -> tuple[tuple[str, object], ...] | None:
    """The fields of an input class that count, each with the default at which it does not; None for other classes. The schema
    bounds the number of classes."""
    if not is_dataclass(class_):
        return None
    return tuple(
        (field.name, UNSET if field.name in COUNTED_AT_DEFAULT else field.default)
        for field in fields(class_)
        if field.name != "idempotency_key"
    )
