"""Who speaks on the channel, and whether all was heard of it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from lobby.live.valkey_bus.message import FAREWELL, Message


@dataclass(slots=True)
class _Speaker:
    number: int
    heard_at: float


class Roll:
    """Counts every node's messages. Times are seconds of one clock, passed in."""

    def __init__(self, silent_s: float, nodes_max: int) -> None:
        self._silent_s = silent_s
        self._nodes_max = nodes_max
        self._speakers: OrderedDict[str, _Speaker] = OrderedDict()
        """The one who has been silent for longest stands first."""

    def clear(self) -> None:
        self._speakers.clear()

    def heard(self, message: Message, now: float) -> bool:
        """Whether nothing of this node's was missed. A message that comes again is nothing missed."""
        before = self._speakers.pop(message.node, None)
        if message.hints == (FAREWELL,):
            return before is None or message.number <= before.number + 1
        number = max(message.number, before.number if before is not None else 0)
        self._speakers[message.node] = _Speaker(number, now)
        if len(self._speakers) > self._nodes_max:
            self._speakers.popitem(last=False)
        return before is None or message.number <= before.number + 1

    def gone(self, now: float) -> list[str]:
        """Nodes that fell silent without a farewell: what they did last, they may not have told. Each is named once."""
        found: list[str] = []
        while self._speakers:
            node, speaker = next(iter(self._speakers.items()))
            if speaker.heard_at + self._silent_s > now:
                break
            del self._speakers[node]
            found.append(node)
        return found
