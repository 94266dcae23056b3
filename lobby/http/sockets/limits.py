"""What one socket may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """A socket has `init_wait_s` to say who it is, and a send of ours `stalled_send_s` to get through.

    `letting_go_s` is how long the end of a socket waits for its operations' and subscriptions' own cleaning up, `keep_alive_s`
    the interval of the legacy protocol's `ka` frames.
    """

    init_wait_s: float = 5.0
    frame_bytes_max: int = 65_536
    operations_max: int = 64
    operation_id_chars_max: int = 256
    stalled_send_s: float = 20.0
    letting_go_s: float = 5.0
    keep_alive_s: float = 20.0
