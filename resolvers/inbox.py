"""Following the own inbox."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from strawberry import UNSET

from lobby.app.errors import LIMIT_EXCEEDED, CallerError
from lobby.domain.values import PlayerId
from lobby.limits.count_limiter import LimitReached
from lobby.live.frames import InboxFrame
from resolvers.context import Info
from resolvers.inputs import unset_to_none
from schema.inbox import InboxEvent, to_inbox_event
from schema.scalars_and_enums import Cursor


async def inbox(info: Info, after: Cursor | None = UNSET) -> AsyncIterator[InboxEvent]:
    player = info.context.player()
    position = info.context.resume_after or unset_to_none(after)
    return InboxFollower(info.context.services.hub.follow_inbox(player, position), player.id)


class InboxFollower:
    """The stream of a player's inbox, as events of the schema."""

    __slots__ = ("_frames", "_player_id")

    def __init__(self, frames: AsyncGenerator[InboxFrame, None], player_id: PlayerId) -> None:
        self._frames = frames
        self._player_id = player_id

    def __aiter__(self) -> InboxFollower:
        return self

    async def __anext__(self) -> InboxEvent:
        try:
            frame = await anext(self._frames)
        except LimitReached as error:
            raise CallerError(LIMIT_EXCEEDED, str(error)) from error
        return to_inbox_event(frame, self._player_id)

    async def aclose(self) -> None:
        await self._frames.aclose()
