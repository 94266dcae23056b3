"""The results of mutations: the change, or a rejection."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lobby.domain import rejections
from lobby.domain.values import PlayerId
from lobby.domain.viewer_access import can_see
from schema.party import Invite, Party
from schema.player import Credentials, Identity, Player
from schema.scalars_and_enums import RejectionCode
from schema.search import Search
from schema.session import Session, SessionTicket

_CAUGHT_UP = "The caller's own stream has caught up once it has applied this sequence number."
_REPLAYED = "True if this is the stored result of an earlier request with the same idempotency key."


@strawberry.type(description="A rule of the lobby does not allow it. Nothing changed.")
class Rejection:
    code: RejectionCode
    message: str = strawberry.field(description="For people; the text may change. Programs use `code`.")
    field: str | None = strawberry.field(
        description="The input field at fault, as a path such as input.settings.maxMembers."
    )
    retryable: bool = strawberry.field(description="Whether the same request may succeed later without a change.")
    retry_after_ms: int | None
    attempts_left: int | None
    required_version: str | None = strawberry.field(
        description="With VERSION_MISMATCH: the version of the game that the party needs."
    )
    current: Party | None = strawberry.field(description="The party as it is now, if the caller may see it.")

    @classmethod
    def of(cls, rejection: rejections.Rejection, viewer: PlayerId | None, field_prefix: str = "input.") -> Rejection:
        """`field_prefix` is put before the path of the rejected field: "input." where the field belongs to the input."""
        current = rejection.current
        return cls(
            code=rejection.code,
            message=rejection.message,
            field=field_prefix + camel_case(rejection.field) if rejection.field is not None else None,
            retryable=rejection.retryable,
            retry_after_ms=rejection.retry_after_ms,
            attempts_left=rejection.attempts_left,
            required_version=rejection.required_version,
            current=Party.of(current, viewer) if current is not None and can_see(current, viewer) else None,
        )


@strawberry.type
class CredentialsGranted:
    credentials: Credentials
    provider_token: str | None = strawberry.field(
        default=None, description="Discord's own access token, for its SDK's authenticate; null for other providers."
    )


@strawberry.type
class IdentitiesChanged:
    identities: list[Identity]
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type
class PartyChanged:
    party: Party
    seq: int = strawberry.field(description=_CAUGHT_UP)
    replayed: bool = strawberry.field(description=_REPLAYED)
    ticket: SessionTicket | None = strawberry.field(
        description="The caller's own ticket, if joining the party led into its running session."
    )


@strawberry.type
class SessionChanged:
    session: Session
    party: Party
    seq: int = strawberry.field(description=_CAUGHT_UP)
    replayed: bool = strawberry.field(description=_REPLAYED)
    ticket: SessionTicket | None = strawberry.field(description="The caller's own ticket, if the call grants one.")


@strawberry.type
class InviteChanged:
    invite: Invite
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type
class BlocksChanged:
    blocked: list[Player] = strawberry.field(description="All whom the caller blocks, the latest first; as it is now.")
    replayed: bool = strawberry.field(description=_REPLAYED)


@strawberry.type
class SearchChanged:
    search: Search
    party: Party
    seq: int = strawberry.field(description=_CAUGHT_UP)
    replayed: bool = strawberry.field(description=_REPLAYED)


SignInResult = Annotated[CredentialsGranted | Rejection, strawberry.union("SignInResult")]
IdentityResult = Annotated[IdentitiesChanged | Rejection, strawberry.union("IdentityResult")]
PartyResult = Annotated[PartyChanged | Rejection, strawberry.union("PartyResult")]
InviteResult = Annotated[InviteChanged | Rejection, strawberry.union("InviteResult")]
BlocksResult = Annotated[BlocksChanged | Rejection, strawberry.union("BlocksResult")]
SessionResult = Annotated[SessionChanged | Rejection, strawberry.union("SessionResult")]
SearchOutcome = Annotated[SearchChanged | Rejection, strawberry.union("SearchOutcome")]


def camel_case(path: str) -> str:
    """A path of the domain as GraphQL spells it: settings.max_members becomes settings.maxMembers."""
    first, *rest = path.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
