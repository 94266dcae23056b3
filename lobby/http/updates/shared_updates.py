"""Updates that several followers have in common, made once."""

from __future__ import annotations

from collections import OrderedDict

from lobby.domain.events import Entry, SessionStarted
from lobby.domain.standing import Standing, standing
from lobby.domain.values import PlayerId
from lobby.http.updates.update import update
from lobby.live.frames import Frame, Heartbeat

KEPT_MAX = 4_096
BYTES_MAX = 8_000_000


class SharedUpdates:
    """The latest frames as JSON, by the standing that they were shown to; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Standing], tuple[Frame, bytes]] = OrderedDict()
        self._bytes = 0

    def shown_to(self, player_id: PlayerId, frame: Frame) -> bytes | None:
        """None for a frame that is the viewer's own, or has a ticket of its own in it."""
        if not _is_shared(frame):
            return None
        key = (id(frame), standing(frame.party, player_id))
        kept = self._kept.get(key)
        return kept[1] if kept is not None else self._keep(key, frame)

    def _keep(self, key: tuple[int, Standing], frame: Frame) -> bytes:
        # The frame is kept with its text: an id is one object's only while that object lives.
        text = update(frame, key[1])
        self._kept[key] = (frame, text)
        self._bytes += len(text)
        while len(self._kept) > KEPT_MAX or self._bytes > BYTES_MAX:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= len(gone)
        return text


def _is_shared(frame: Frame) -> bool:
    if isinstance(frame, Entry):
        return not isinstance(frame.event, SessionStarted)
    return isinstance(frame, Heartbeat)
