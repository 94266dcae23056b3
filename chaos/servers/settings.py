"""How the servers are set: graces short enough to run out, bounds low enough to be met."""

from __future__ import annotations

from chaos.checks.judge import Terms

GRACE_IN_PROGRESS_S = 4.0
HEARTBEAT_S = 1.0
KICK_COOLDOWN_S = 1.5
FOLLOWER_QUEUE_MAX = 16
ACCESS_TOKEN_MIN = 0.5

TERMS = Terms(queue_max=FOLLOWER_QUEUE_MAX, kick_cooldown_ms=round(KICK_COOLDOWN_S * 1000))

SERVER_SETTINGS: dict[str, str] = {
    "LOBBY_GRACE_WAITING_S": "2",
    "LOBBY_GRACE_STARTING_S": "1",
    "LOBBY_GRACE_IN_PROGRESS_S": str(GRACE_IN_PROGRESS_S),
    "LOBBY_LEADER_GRACE_S": "1",
    "LOBBY_LEADER_IDLE_S": "2",
    "LOBBY_KICK_COOLDOWN_S": str(KICK_COOLDOWN_S),
    "LOBBY_HEARTBEAT_S": str(HEARTBEAT_S),
    "LOBBY_STALLED_SEND_S": "3",
    "LOBBY_FOLLOWER_QUEUE_MAX": str(FOLLOWER_QUEUE_MAX),
    "LOBBY_ACCESS_TOKEN_MIN": str(ACCESS_TOKEN_MIN),
    "LOBBY_RATE_LIMITS": "off",
    "LOBBY_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_TCP_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "LOBBY_CONNECTIONS_PER_PLAYER_MAX": "1000",
    "LOBBY_STREAMS_PER_PLAYER_MAX": "1000",
}
"""Whatever else is set stays at its default."""
