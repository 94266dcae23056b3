"""From what came of a command to what REST answers."""

from __future__ import annotations

from typing import Any

from lobby.domain.rejections import Rejection
from lobby.http.callers import Refused
from lobby.http.shown.party import Party
from lobby.http.shown.session import Ticket
from lobby.service import Done, Once
from resolvers.context import Context
from resolvers.once import once


def bound(context: Context, request: str, said: object, key: str | None) -> Once | None:
    """The Idempotency-Key, bound to the request and all that it said."""
    kept = once(request, said, key, context.services.fingerprint_key)
    if isinstance(kept, Rejection):
        raise Refused(kept, context)
    return kept


def accepted(outcome: Done | Rejection, context: Context) -> Done:
    """What went through. Raises `Refused` for a no."""
    if isinstance(outcome, Rejection):
        raise Refused(outcome, context)
    return outcome


def changed(done: Done, context: Context) -> dict[str, Any]:
    """The fields of `Changed`, as the caller sees them."""
    party = Party.seen_by(context.viewer, done.party)
    return {"party_id": party.party_id, "seq": done.seq, "replayed": done.replayed, "party": party}


async def ticket(done: Done, context: Context) -> Ticket | None:
    """The caller's into the session that the outcome led into; issued anew for a replayed answer too."""
    session = done.party.session
    return Ticket.of(await context.ticket(done.party.id, session.id)) if session is not None else None
