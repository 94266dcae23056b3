"""Frames handed to followers at the live end, without waking each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from lobby.domain.values import PlayerId
from lobby.live.frames import Frame

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Telling(Generic[Told]):
    """What becomes of a frame for all followers of one player with the same `key`: the same, so it is made once for them."""

    key: Hashable
    tell: Callable[[Frame], Told | None]
    """None for a frame that each of them has to make for itself."""


class PushedFollower(Protocol):
    """A follower at the live end. `last_frame_at` is by the event loop's clock, in seconds."""

    player_id: PlayerId
    last_frame_at: float

    def push(self, told: Any, frame: Frame, at: float) -> None:
        """Take what the frame became; or leave the live end."""

    def pull(self) -> None:
        """Leave the live end: go on by asking."""


class Pushed:
    """The followers at one tail's live end, those side by side who are told the same."""

    def __init__(self) -> None:
        self._groups: dict[tuple[PlayerId, Hashable], _Group] = {}

    def add(self, follower: PushedFollower, telling: Telling[Any]) -> None:
        key = follower.player_id, telling.key
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(follower.player_id, telling)
        group.followers[follower] = None

    def remove(self, follower: PushedFollower, telling: Telling[Any]) -> None:
        key = follower.player_id, telling.key
        group = self._groups.get(key)
        if group is not None and group.followers.pop(follower, self) is None and not group.followers:
            del self._groups[key]

    def push(self, frame: Frame, at: float) -> None:
        for group in tuple(self._groups.values()):
            group.push(frame, at, tuple(group.followers))

    def beat(self, heartbeat: Frame, at: float, heard_before: float) -> None:
        """`heartbeat` for those alone who have had no frame since `heard_before`."""
        for group in tuple(self._groups.values()):
            group.push(heartbeat, at, [f for f in group.followers if f.last_frame_at <= heard_before])

    def pull_all(self) -> None:
        for group in tuple(self._groups.values()):
            for follower in tuple(group.followers):
                follower.pull()

    def longest_silent_since(self) -> float | None:
        """When the one had its last frame who waits the longest; None where nobody is here."""
        silent = (follower.last_frame_at for group in self._groups.values() for follower in group.followers)
        return min(silent, default=None)


class _Group:
    """Followers of one player who are told the same."""

    __slots__ = ("_player_id", "_telling", "followers")

    def __init__(self, player_id: PlayerId, telling: Telling[Any]) -> None:
        self._player_id = player_id
        self._telling = telling
        self.followers: dict[PushedFollower, None] = {}

    def push(self, frame: Frame, at: float, followers: tuple[PushedFollower, ...] | list[PushedFollower]) -> None:
        # One's own leaving is the last but one frame: what comes behind it is not for the follower.
        is_member = frame.party.member(self._player_id) is not None
        told = self._telling.tell(frame) if is_member and followers else None
        for follower in followers:
            if told is None:
                follower.pull()
            else:
                follower.push(told, frame, at)
