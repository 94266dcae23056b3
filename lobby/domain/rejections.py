"""The lobby's no. A rule that refuses is a value, never an exception."""

from __future__ import annotations

from enum import Enum

from lobby.domain.model import Party
from lobby.value import Value


class RejectionCode(Enum):
    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    PARTY_FULL = "PARTY_FULL"
    PARTY_LOCKED = "PARTY_LOCKED"
    PARTY_CLOSED = "PARTY_CLOSED"
    PARTY_STARTING = "PARTY_STARTING"
    LATE_JOIN_DENIED = "LATE_JOIN_DENIED"
    WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105
    BANNED = "BANNED"
    KICK_COOLDOWN = "KICK_COOLDOWN"
    ALREADY_IN_PARTY = "ALREADY_IN_PARTY"
    NOT_MEMBER = "NOT_MEMBER"
    NOT_LEADER = "NOT_LEADER"
    NOT_READY = "NOT_READY"
    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    CLASS_TAKEN = "CLASS_TAKEN"
    TOO_FEW_MEMBERS = "TOO_FEW_MEMBERS"
    SESSION_NOT_ACTIVE = "SESSION_NOT_ACTIVE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    UNAVAILABLE = "UNAVAILABLE"
    TICKET_SPENT = "TICKET_SPENT"


class Rejection(Value):
    """Why a command changed nothing."""

    code: RejectionCode
    message: str
    field: str | None = None
    """The input at fault as a dotted path in the domain's spelling, such as settings.max_members."""
    retryable: bool = False
    """Whether the same command may succeed later without a change."""
    retry_after_ms: int | None = None
    attempts_left: int | None = None
    current: Party | None = None
    """The party it was judged on. Whether the caller may see it is decided where it is shown."""


def invalid(field: str, message: str) -> Rejection:
    return Rejection(RejectionCode.INVALID_INPUT, message, field)


NOT_FOUND = Rejection(RejectionCode.NOT_FOUND, "There is no such party.")
"""One answer for what does not exist and for what the caller may not know of, so that nobody can tell the two apart."""
