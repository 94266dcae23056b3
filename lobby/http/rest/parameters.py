"""Parameters that several paths have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query

from lobby.auth.open_guests import ID_CHARS_MAX
from lobby.domain.rejections import invalid
from lobby.http.callers import Refused
from lobby.http.rest.bodies import PLAYER_ID, TEXT_CHARS_MAX
from resolvers.once import KEY_CHARS_MAX

PartyPath = Annotated[str, Path(max_length=TEXT_CHARS_MAX, description="The party's id.")]
PartyOrCodePath = Annotated[str, Path(max_length=TEXT_CHARS_MAX, description="The party's id, or its join code.")]
SessionPath = Annotated[str, Path(max_length=TEXT_CHARS_MAX, description="The session's id.")]
PlayerIdQuery = Annotated[str | None, Query(max_length=ID_CHARS_MAX, description=PLAYER_ID)]
PartyIdQuery = Annotated[str | None, Query(max_length=TEXT_CHARS_MAX, description="The party's id.")]
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=KEY_CHARS_MAX,
        description="A UUID of the client's: the same request with the same key, sent again, changes nothing again.",
    ),
]


def either(field: str, in_query: str | None, in_body: str | None) -> str | None:
    """A field that may stand in the query or in the body. Raises `Refused` where the two disagree."""
    if in_query is not None and in_body is not None and in_query != in_body:
        raise Refused(invalid(field, "The query says one thing and the body another."))
    return in_body if in_query is None else in_query
