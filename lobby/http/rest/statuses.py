"""Which HTTP status each no of the lobby has."""

from __future__ import annotations

from lobby.domain.rejections import RejectionCode
from lobby.operations.errors import BAD_USER_INPUT, LIMIT_EXCEEDED, NOT_FOUND, UNAUTHENTICATED

OF_REJECTION = {
    RejectionCode.INVALID_INPUT: 400,
    RejectionCode.INVALID_CREDENTIALS: 401,
    RejectionCode.WRONG_PASSWORD: 403,
    RejectionCode.BANNED: 403,
    RejectionCode.KICK_COOLDOWN: 403,
    RejectionCode.NOT_MEMBER: 403,
    RejectionCode.NOT_LEADER: 403,
    RejectionCode.NOT_FOUND: 404,
    RejectionCode.PARTY_FULL: 409,
    RejectionCode.PARTY_STARTING: 409,
    RejectionCode.LATE_JOIN_DENIED: 409,
    RejectionCode.ALREADY_IN_PARTY: 409,
    RejectionCode.NOT_READY: 409,
    RejectionCode.SETTINGS_CHANGED: 409,
    RejectionCode.CLASS_TAKEN: 409,
    RejectionCode.TOO_FEW_MEMBERS: 409,
    RejectionCode.SESSION_NOT_ACTIVE: 409,
    RejectionCode.TICKET_SPENT: 409,
    RejectionCode.VERSION_CONFLICT: 409,
    RejectionCode.PARTY_CLOSED: 410,
    RejectionCode.IDEMPOTENCY_KEY_REUSED: 422,  # as the IETF's draft on the Idempotency-Key header has it
    RejectionCode.PARTY_LOCKED: 423,
    RejectionCode.RATE_LIMITED: 429,
    RejectionCode.UNAVAILABLE: 503,
}

OTHERWISE = 409
"""Of a rule that is newer than this table: the party stands in the way, whatever it is."""

OF_CALLER_ERROR = {BAD_USER_INPUT: 400, UNAUTHENTICATED: 401, NOT_FOUND: 404, LIMIT_EXCEEDED: 429}
