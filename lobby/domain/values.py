"""Times, ids and enumerations. The members of an enumeration have the names of the public contract as their values."""

from __future__ import annotations

from enum import Enum

Instant = int
"""Milliseconds since 1970-01-01T00:00:00Z by the server's clock. The rules get the time as an argument."""

PlayerId = str
PartyId = str
SessionId = str
InviteId = str
SearchId = str
"""The id of a search begins with the id of its party, see `search.party_of_search`."""


class GameType(Enum):
    """SOLO has exactly one seat, PVP needs at least two members to start."""

    SOLO = "SOLO"
    COOP = "COOP"
    PVP = "PVP"


class Visibility(Enum):
    """A PUBLIC party is on the list. A PRIVATE one can be found by its join code only, an INVITE_ONLY one by invite only."""

    PUBLIC = "PUBLIC"
    PRIVATE = "PRIVATE"
    INVITE_ONLY = "INVITE_ONLY"


class PartyState(Enum):
    """WAITING -> STARTING (countdown) -> IN_PROGRESS (session) -> WAITING, and CLOSED at the end."""

    WAITING = "WAITING"
    STARTING = "STARTING"
    IN_PROGRESS = "IN_PROGRESS"
    CLOSED = "CLOSED"


class Connection(Enum):
    """DISCONNECTED: the member has no stream, and loses the seat after a grace."""

    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"


class SessionStatus(Enum):
    """WAITING during the countdown, then IN_PROGRESS, then COMPLETE or ABANDONED."""

    WAITING = "WAITING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    ABANDONED = "ABANDONED"


class Attester(Enum):
    """The kinds of reporters of the end of a session."""

    GAME_SERVER = "GAME_SERVER"
    HOST = "HOST"
    LEADER = "LEADER"


class LeaveReason(Enum):
    """Why a player is no longer a member."""

    LEFT = "LEFT"
    KICKED = "KICKED"
    BANNED = "BANNED"
    TIMED_OUT = "TIMED_OUT"
    JOINED_ANOTHER = "JOINED_ANOTHER"
    PARTY_CLOSED = "PARTY_CLOSED"
    REMOVED = "REMOVED"


class LeaderChangeReason(Enum):
    """Why another member leads."""

    PROMOTED = "PROMOTED"
    LEADER_LEFT = "LEADER_LEFT"
    LEADER_DISCONNECTED = "LEADER_DISCONNECTED"
    LEADER_IDLE = "LEADER_IDLE"


class HostChangeReason(Enum):
    """Why a host, or a player who was asked to host, does not host. HOST_SILENT: it has not reported an endpoint in time."""

    HOST_LEFT = "HOST_LEFT"
    HOST_DISCONNECTED = "HOST_DISCONNECTED"
    HOST_YIELDED = "HOST_YIELDED"
    HOST_SILENT = "HOST_SILENT"


class CancelReason(Enum):
    """Why a countdown was cancelled."""

    LEADER_CANCELLED = "LEADER_CANCELLED"
    MEMBER_LEFT = "MEMBER_LEFT"
    MEMBER_UNREADY = "MEMBER_UNREADY"
    MEMBER_DISCONNECTED = "MEMBER_DISCONNECTED"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ALLOCATION_FAILED = "ALLOCATION_FAILED"


class ReservationReason(Enum):
    """Why a seat is held for a player."""

    CONTINUED_RUN = "CONTINUED_RUN"
    WAITLIST = "WAITLIST"
    INVITE_ACCEPTED = "INVITE_ACCEPTED"
    MATCH = "MATCH"


class InviteState(Enum):
    """PENDING until the invitee answers, somebody takes it back, or its time is over."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class CloseReason(Enum):
    """Why a party was closed."""

    DISBANDED = "DISBANDED"
    LAST_MEMBER_LEFT = "LAST_MEMBER_LEFT"
    EXPIRED = "EXPIRED"
    MODERATED = "MODERATED"


class SearchState(Enum):
    """SEARCHING <-> PROPOSED, and one of three ends. A search without an end is live."""

    SEARCHING = "SEARCHING"
    PROPOSED = "PROPOSED"
    MATCHED = "MATCHED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class SearchCancelReason(Enum):
    """Why a search was cancelled."""

    LEADER_CANCELLED = "LEADER_CANCELLED"
    ROSTER_CHANGED = "ROSTER_CHANGED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    PARTY_STARTED = "PARTY_STARTED"
    MAINTENANCE = "MAINTENANCE"
