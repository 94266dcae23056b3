"""The small values that everything else is made of: times, ids, and the words with a fixed set of meanings.

The words are those of the public contract; a member's value is its name there.
"""

from __future__ import annotations

from enum import Enum

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z. Times are the server's own and are always passed in."""

PlayerId = str
PartyId = str
SessionId = str


class GameType(Enum):
    SOLO = "SOLO"
    COOP = "COOP"
    PVP = "PVP"


class Visibility(Enum):
    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"


class PartyState(Enum):
    WAITING = "WAITING"
    STARTING = "STARTING"
    IN_PROGRESS = "IN_PROGRESS"
    CLOSED = "CLOSED"


class Connection(Enum):
    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class SessionStatus(Enum):
    WAITING = "WAITING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    ABANDONED = "ABANDONED"


class LeaveReason(Enum):
    LEFT = "LEFT"
    KICKED = "KICKED"
    BANNED = "BANNED"
    TIMED_OUT = "TIMED_OUT"
    JOINED_ANOTHER = "JOINED_ANOTHER"
    PARTY_CLOSED = "PARTY_CLOSED"


class LeaderChangeReason(Enum):
    PROMOTED = "PROMOTED"
    LEADER_LEFT = "LEADER_LEFT"
    LEADER_DISCONNECTED = "LEADER_DISCONNECTED"
    LEADER_IDLE = "LEADER_IDLE"


class CancelReason(Enum):
    LEADER_CANCELLED = "LEADER_CANCELLED"
    MEMBER_LEFT = "MEMBER_LEFT"
    MEMBER_UNREADY = "MEMBER_UNREADY"
    MEMBER_DISCONNECTED = "MEMBER_DISCONNECTED"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ALLOCATION_FAILED = "ALLOCATION_FAILED"


class CloseReason(Enum):
    DISBANDED = "DISBANDED"
    LAST_MEMBER_LEFT = "LAST_MEMBER_LEFT"
    EXPIRED = "EXPIRED"
