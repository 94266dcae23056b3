"""Network faults of a proxy that a test controls."""

from __future__ import annotations

from random import Random

from tools.chaos.proxy.network_faults import ConnectionFault, NetworkFaults


class CutDown(NetworkFaults):
    """Each connection breaks while the server sends."""

    def __init__(self, chance: Random, bytes_max: int) -> None:
        super().__init__(chance)
        self._bytes_max = bytes_max

    def next_fault(self) -> ConnectionFault:
        return (
            super().next_fault()
            if self.is_stopped
            else ConnectionFault(cut_after_bytes_down=self._random.randint(1, self._bytes_max))
        )


class LostAnswers(NetworkFaults):
    """Each second connection delivers its request but not the response."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self._connections = 0

    def next_fault(self) -> ConnectionFault:
        if self.is_stopped:
            return super().next_fault()
        self._connections += 1
        return ConnectionFault(unanswered_after=1 + self._connections % 2)
