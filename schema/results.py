"""What mutations answer: the change, or the lobby's no."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lobby.domain import rejections
from lobby.domain.standing import can_see
from lobby.domain.values import PlayerId
from schema.enums import RejectionCode
from schema.party import Party
from schema.player import Credentials
from schema.session import Session, SessionTicket

_CAUGHT_UP = "The caller's own stream has caught up once it has applied this sequence number."
_REPLAYED = "True when this answer is the stored result of an earlier request with the same idempotency key."


@strawberry.type(description="The lobby's rules said no, and nothing changed.")
class Rejection:
    code: RejectionCode
    message: str = strawberry.field(description="For people; it may change. Programs go by `code`.")
    field: str | None = strawberry.field(
        description="The input field at fault, as a path such as input.settings.maxMembers."
    )
    retryable: bool = strawberry.field(description="Whether the same request may succeed later without a change.")
    retry_after_ms: int | None
    attempts_left: int | None
    current: Party | None = strawberry.field(description="The party as it stands, where the caller may see it.")

    @classmethod
    def of(cls, rejection: rejections.Rejection, viewer: PlayerId | None, root: str = "input.") -> Rejection:
        """`root`: what the rejected field lies in."""
        current = rejection.current
        return cls(
            code=rejection.code,
            message=rejection.message,
            field=root + camel(rejection.field) if rejection.field is not None else None,
            retryable=rejection.retryable,
            retry_after_ms=rejection.retry_after_ms,
            attempts_left=rejection.attempts_left,
            current=Party.of(current, viewer) if current is not None and can_see(current, viewer) else None,
        )


@strawberry.type
class CredentialsGranted:
    credentials: Credentials


@strawberry.type
class PartyChanged:
    party: Party
    seq: int = strawberry.field(description=_CAUGHT_UP)
    replayed: bool = strawberry.field(description=_REPLAYED)
    ticket: SessionTicket | None = strawberry.field(
        description="The caller's own ticket, where joining the party led into its running session."
    )


@strawberry.type
class SessionChanged:
    session: Session
    party: Party
    seq: int = strawberry.field(description=_CAUGHT_UP)
    replayed: bool = strawberry.field(description=_REPLAYED)
    ticket: SessionTicket | None = strawberry.field(description="The caller's own ticket, where the call grants one.")


SignInResult = Annotated[CredentialsGranted | Rejection, strawberry.union("SignInResult")]
PartyResult = Annotated[PartyChanged | Rejection, strawberry.union("PartyResult")]
SessionResult = Annotated[SessionChanged | Rejection, strawberry.union("SessionResult")]


def camel(path: str) -> str:
    """A path of the domain's as the contract spells it: settings.max_members is settings.maxMembers."""
    first, *rest = path.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
