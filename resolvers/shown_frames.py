"""Frames as their followers see them; one and the same object for all who see the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from lobby.domain.standing import Standing, standing
from lobby.domain.values import PlayerId
from lobby.live.following import Following
from lobby.live.frames import Frame
from lobby.live.hub import NotFollowable
from lobby.live.player_streams import TooManyStreams
from lobby.live.pushing import Telling
from lobby.operations.errors import LIMIT_EXCEEDED, NOT_FOUND, CallerError
from lobby.ports.line import Line
from schema.events import PartyEvent, shown

KEPT_MAX = 4_096


class ShownFrames:
    """The latest frames by the standing they were shown to. That followers share an object lets them share its execution."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Shown] = OrderedDict()

    def shown_to(self, frame: Frame, player_id: PlayerId) -> PartyEvent:
        kept = self._kept.get(id(frame))
        if kept is None:
            kept = self._kept[id(frame)] = _Shown(frame)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        event = kept.by_player.get(player_id)
        if event is None:
            event = kept.by_player[player_id] = kept.to_standing(standing(frame.party, player_id))
        return event


class _Shown:
    """One frame, with what each of its viewers sees. The frame is kept: an id is one object's only while that lives."""

    __slots__ = ("_by_standing", "_frame", "by_player")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._by_standing: dict[Standing, PartyEvent] = {}
        self.by_player: dict[PlayerId, PartyEvent] = {}

    def to_standing(self, where: Standing) -> PartyEvent:
        if where not in self._by_standing:
            self._by_standing[where] = shown(self._frame, where)
        return self._by_standing[where]


class ShownFollowing:
    """A player's stream as events; they come by being asked for or, where it can be, by being pushed."""

    def __init__(self, following: Following, frames: ShownFrames, refusal: str) -> None:
        """`refusal`: what somebody is told for whom there is nothing to follow."""
        self._following = following
        self._frames = frames
        self._refusal = refusal
        self._player_id = following.player_id

    def __aiter__(self) -> ShownFollowing:
        return self

    async def __anext__(self) -> PartyEvent:
        try:
            frame = await anext(self._following)
        except NotFollowable as error:
            raise CallerError(NOT_FOUND, self._refusal) from error
        except TooManyStreams as error:
            raise CallerError(LIMIT_EXCEEDED, str(error)) from error
        return self._frames.shown_to(frame, self._player_id)

    async def pushed(self, key: Hashable, text_of: Callable[[PartyEvent], bytes | None], line: Line[bytes]) -> None:
        def tell(frame: Frame) -> bytes | None:
            return text_of(self._frames.shown_to(frame, self._player_id))

        await self._following.pushed(Telling(key, tell), line)

    async def aclose(self) -> None:
        await self._following.aclose()
