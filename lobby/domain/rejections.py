"""Rejections: why a command changed nothing. A rule returns a rejection as a value, it never raises one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from lobby.struct import Struct

if TYPE_CHECKING:  # the model imports the settings, whose checks return rejections
    from lobby.domain.model import Party


class RejectionCode(Enum):
    """The codes of the public contract."""

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
    VERSION_MISMATCH = "VERSION_MISMATCH"
    HOST_CHANGED = "HOST_CHANGED"
    NOT_HOST = "NOT_HOST"
    TEAM_FULL = "TEAM_FULL"
    TEAM_EMPTY = "TEAM_EMPTY"
    CHECKPOINT_MISSING = "CHECKPOINT_MISSING"
    ALREADY_CONTINUED = "ALREADY_CONTINUED"
    INVITE_GONE = "INVITE_GONE"
    NOT_INVITED = "NOT_INVITED"
    MUTED = "MUTED"
    NOT_ALLOWED = "NOT_ALLOWED"
    PLAYER_BANNED = "PLAYER_BANNED"
    MAINTENANCE = "MAINTENANCE"
    IDENTITY_TAKEN = "IDENTITY_TAKEN"
    WAITING_FULL = "WAITING_FULL"
    SEARCHING = "SEARCHING"
    MATCH_GONE = "MATCH_GONE"


class Rejection(Struct):
    """Why a command changed nothing."""

    code: RejectionCode
    message: str
    field: str | None = None
    """The input that is at fault, as a dotted path in snake_case: settings.max_members. None if no input is."""
    retryable: bool = False
    """True if the same command may succeed later without a change."""
    retry_after_ms: int | None = None
    """How long to wait before the command can succeed, where that is known."""
    attempts_left: int | None = None
    """Only with WRONG_PASSWORD: how many wrong passwords the player may still send."""
    required_version: str | None = None
    """Only with VERSION_MISMATCH: the version of the game that the party needs."""
    current: Party | None = None
    """The party on which the rule decided. The caller may not be allowed to see it: the transports check that."""


def invalid(field: str, message: str) -> Rejection:
    """INVALID_INPUT for the input `field`."""
    return Rejection(RejectionCode.INVALID_INPUT, message, field)


NOT_FOUND = Rejection(RejectionCode.NOT_FOUND, "There is no such party.")
"""The same rejection for a party that does not exist and for one that must stay secret from the caller, so that callers
cannot distinguish the two."""
