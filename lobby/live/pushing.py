"""Frames written to followers at the live end, without waking each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from lobby.domain.events import Entry
from lobby.domain.values import PlayerId
from lobby.live.frames import Frame
from lobby.ports.line import Line

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Telling(Generic[Told]):
    """What becomes of a frame for all followers of one player with the same `key`: the same, so it is made once for them."""

    key: Hashable
    tell: Callable[[Frame], Told | None]
    """None for a frame that each of them has to make for itself."""


class PushedFollower(Protocol):
    """A follower at the live end. `last_frame_at` is by the event loop's clock, in seconds: when it had its latest frame but
    for those of its group."""

    player_id: PlayerId
    last_frame_at: float

    def pull(self) -> None:
        """Leave the live end at once: go on by asking."""


class Group:
    """Followers of one player who are told the same, and stand at the same place.

    Whoever is here when a frame comes has had it, whatever becomes of its line meanwhile. So the place is kept once for all,
    and what a frame costs for one more of them is the call that writes it.
    """

    __slots__ = ("_lines", "_telling", "_writes", "frame_at", "player_id", "seq")

    def __init__(self, player_id: PlayerId, telling: Telling[Any], seq: int) -> None:
        self.player_id = player_id
        self._telling = telling
        self.seq = seq
        """The latest entry that all have had."""
        self.frame_at = 0.0
        """When all had a frame; by the event loop's clock, in seconds."""
        self._lines: dict[PushedFollower, Line[Any]] = {}
        self._writes: dict[Callable[[Any], Any], list[Callable[[Any], object]]] | None = None
        """The lines' `write`, by their form; None where somebody came or went since it was made."""

    @property
    def key(self) -> tuple[PlayerId, Hashable]:
        return self.player_id, self._telling.key

    @property
    def is_empty(self) -> bool:
        return not self._lines

    def add(self, follower: PushedFollower, line: Line[Any]) -> None:
        self._lines[follower] = line
        self._writes = None

    def remove(self, follower: PushedFollower) -> None:
        del self._lines[follower]
        self._writes = None

    def push(self, frame: Frame, at: float) -> None:
        told = self._told(frame)
        if told is None:
            self.pull_all()
            return
        self.frame_at = at
        if type(frame) is Entry:
            self.seq = frame.seq
        for form, writes in self._writes_by_form().items():
            written = form(told)
            for write in writes:
                write(written)

    def beat(self, heartbeat: Frame, at: float, heard_before: float) -> None:
        """`heartbeat` for those alone who have had no frame since `heard_before`."""
        silent = [each for each in self._lines.items() if self._heard_at(each[0]) <= heard_before]
        told = self._told(heartbeat) if silent else None
        for follower, line in silent:
            if told is None:
                follower.pull()
            else:
                follower.last_frame_at = at
                line.write(line.form(told))

    def pull_all(self) -> None:
        for follower in tuple(self._lines):
            follower.pull()

    def silent_since(self) -> float:
        """When the one had its latest frame who waits the longest."""
        return min(map(self._heard_at, self._lines))

    def _heard_at(self, follower: PushedFollower) -> float:
        return max(follower.last_frame_at, self.frame_at)

    def _told(self, frame: Frame) -> Any:
        # One's own leaving is the last but one frame: what comes behind it is not for the follower.
        return self._telling.tell(frame) if frame.party.member(self.player_id) is not None else None

    def _writes_by_form(self) -> dict[Callable[[Any], Any], list[Callable[[Any], object]]]:
        if self._writes is None:
            self._writes = {}
            for line in self._lines.values():
                self._writes.setdefault(line.form, []).append(line.write)
        return self._writes


class Pushed:
    """The followers at one tail's live end, those side by side who are told the same."""

    def __init__(self) -> None:
        self._groups: dict[tuple[PlayerId, Hashable], Group] = {}

    def add(self, follower: PushedFollower, seq: int, telling: Telling[Told], line: Line[Told]) -> Group:
        """Where it is from now on; `seq` is the latest entry, and it has had it."""
        group = self._groups.get((follower.player_id, telling.key))
        if group is None:
            group = Group(follower.player_id, telling, seq)
            self._groups[group.key] = group
        group.add(follower, line)
        return group

    def remove(self, follower: PushedFollower, group: Group) -> None:
        group.remove(follower)
        if group.is_empty:
            del self._groups[group.key]

    def push(self, frame: Frame, at: float) -> None:
        for group in tuple(self._groups.values()):
            group.push(frame, at)

    def beat(self, heartbeat: Frame, at: float, heard_before: float) -> None:
        """`heartbeat` for those alone who have had no frame since `heard_before`."""
        for group in tuple(self._groups.values()):
            group.beat(heartbeat, at, heard_before)

    def pull_all(self) -> None:
        for group in tuple(self._groups.values()):
            group.pull_all()

    def longest_silent_since(self) -> float | None:
        """When the one had its latest frame who waits the longest; None where nobody is here."""
        return min((group.silent_since() for group in self._groups.values()), default=None)
