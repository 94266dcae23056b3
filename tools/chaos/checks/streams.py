"""The check of streams: each follower received the log's entries without a gap, once each, and in order."""

from __future__ import annotations

from collections.abc import Iterator

from lobby.domain.model import Party
from tools.chaos.evidence import Contents, Ending, Frame, StreamSession
from tools.chaos.expected_state.events import STREAM_FRAMES
from tools.chaos.expected_state.histories import PartyLogs
from tools.chaos.json_value import Json
from tools.chaos.violation import Kind, Violation

TRAIL_FRAMES = 8
"""The number of frames before a violation that its text lists."""


class StreamCheck:
    """Reads one stream session from its first frame to its last. `queue_max`: see `CheckLimits`."""

    def __init__(self, logs: PartyLogs, stream: StreamSession, contents: Contents, queue_max: int) -> None:
        self._logs = logs
        self._stream = stream
        self._contents = contents
        self._queue_max = queue_max
        self._position: int | None = None
        """The seq of the last entry or snapshot that was applied."""
        self._epoch = stream.start_epoch
        """The epoch of that entry or snapshot."""
        self._is_over = False
        self._frames_read = 0

    def violations(self, head: int | None) -> Iterator[Violation]:
        """Check all frames. `head` is the seq that a session that was open at the end must have reached."""
        subscription = -1
        for frame in self._stream.frames:
            if frame.subscription != subscription:
                subscription = frame.subscription
                self._resume(subscription)
            self._frames_read += 1
            if self._position is None:
                self._epoch = frame.epoch
            if frame.epoch != self._epoch:
                yield from self._check_crossing(frame)
            else:
                yield from self._check(frame)
        yield from self._check_end(head)

    def _resume(self, subscription: int) -> None:
        after = self._stream.resumed_after[subscription]
        if self._position is None:
            self._position = after
        assert after == self._position, "a client resumes from the last entry that it applied"

    def _check(self, frame: Frame) -> Iterator[Violation]:
        if self._is_over:
            yield self._violation(Kind.REORDERED, f"{_label(frame)} came after Removed")
        if frame.kind == "PartySnapshot":
            yield from self._check_snapshot(frame)
        elif frame.kind == "Heartbeat":
            yield from self._check_heartbeat(frame)
        elif frame.kind == "Removed":
            yield from self._check_removed(frame)
        else:
            yield from self._check_entry(frame)

    def _check_crossing(self, frame: Frame) -> Iterator[Violation]:
        """Check the first frame of a log in another history: a restore took back a part of the old history.

        It must be a snapshot: no other frame shows a client that entries which it had applied may be lost. A player who is not
        in the party any more gets Removed.
        """
        label = f"{_label(frame)} of log {frame.epoch}"
        before, after = self._logs.history(self._epoch), self._logs.history(frame.epoch)
        if self._is_over:
            yield self._violation(Kind.REORDERED, f"{label} came after Removed")
        elif before is not None and after is not None and after < before:
            yield self._violation(Kind.REORDERED, f"{label} is of the history before that of {self._epoch}")
        left_at = self._position
        if frame.kind == "PartySnapshot" or (frame.kind not in STREAM_FRAMES and frame.seq > (left_at or 0)):
            self._epoch, self._position = frame.epoch, frame.seq  # the client applies it
        if frame.kind == "PartySnapshot":
            reason = self._value(frame).get("reason")
            if reason != "CURSOR_EXPIRED":
                yield self._violation(Kind.CONTENT, f"{label} came as {reason}")
        elif frame.kind == "Removed":
            self._is_over = True
            self._epoch = frame.epoch
            if self._was_member_at(frame.seq):
                yield self._violation(Kind.LOST, f"{label} came, and the player is a member")
        else:
            yield self._violation(Kind.CROSSED, f"{label} came after {left_at} of another history")

    def _check_entry(self, frame: Frame) -> Iterator[Violation]:
        position = self._position
        if position is None:
            yield self._violation(Kind.LOST, f"{_label(frame)} came before any snapshot")
        elif frame.seq > position + 1:
            yield self._gap(frame)
        elif frame.seq == position:
            yield self._violation(Kind.DOUBLED, f"{_label(frame)} came again")
        elif frame.seq < position:
            yield self._violation(Kind.REORDERED, f"{_label(frame)} came after {position}")
        self._position = max(frame.seq, position or 0)

    def _check_snapshot(self, frame: Frame) -> Iterator[Violation]:
        position = self._position
        reason = self._value(frame).get("reason")
        if position is not None and frame.seq < position:
            yield self._violation(Kind.REORDERED, f"{_label(frame)} came after {position}")
        elif position is not None and not self._may_skip(frame, position, reason):
            yield self._violation(Kind.LOST, f"{_label(frame)} ({reason}) replaced the entries after {position}")
        elif position is None and reason != "SUBSCRIBED":
            yield self._violation(Kind.CONTENT, f"the first {_label(frame)} came as {reason}")
        self._position = frame.seq  # the client applies it, also if entries that it has applied are lost

    def _may_skip(self, frame: Frame, position: int, reason: object) -> bool:
        """True if the follower was further behind than the server's queue holds, or resumed where it was no member.

        The latter is a player who left, lost the connection before Removed arrived, and joined again.
        """
        if reason == "CURSOR_EXPIRED":
            return not self._was_member_at(position)
        return reason == "FELL_BEHIND" and frame.seq - position > self._queue_max

    def _check_heartbeat(self, frame: Frame) -> Iterator[Violation]:
        """A heartbeat's seq is what the stream has reached. The last one of a draining server may be ahead."""
        position = self._position
        is_draining = self._value(frame).get("reconnectAfterMs") is not None
        if position is None or (frame.seq > position and not is_draining):
            yield self._gap(frame)
        elif frame.seq < position:
            yield self._violation(Kind.REORDERED, f"{_label(frame)} came after {position}")

    def _check_removed(self, frame: Frame) -> Iterator[Violation]:
        self._is_over = True
        position = self._position
        was_member = self._was_member_at(position)
        if position is not None and frame.seq < position and was_member:
            yield self._violation(Kind.REORDERED, f"{_label(frame)} came after {position}")
        elif position is not None and was_member and frame.seq - position <= self._queue_max:
            yield self._gap(frame)
        elif self._leave_reason(frame) != self._value(frame).get("leaveReason"):
            yield self._violation(Kind.CONTENT, f"{_label(frame)} gives another reason than the log")

    def _leave_reason(self, frame: Frame) -> str | None:
        party = self._party_at(frame.seq)
        departure = party.departure(self._stream.player_id) if party is not None else None
        return departure.reason.value if departure is not None else None

    def _check_end(self, head: int | None) -> Iterator[Violation]:
        stream, position = self._stream, self._position
        if stream.ending is Ending.OPEN and head is not None and (position or 0) < head:
            yield self._violation(Kind.LOST, f"it ended at {position}, the log at {head}")
        if stream.ending is Ending.OPEN and head is not None and not self._logs.is_latest(self._epoch):
            yield self._violation(Kind.LOST, f"it ended in the lost history with log {self._epoch}")
        after = stream.resumed_after[-1] if stream.resumed_after else None
        is_same_history = self._logs.is_latest(self._epoch)  # in a later one the player may never have joined
        if stream.ending is Ending.REFUSED and is_same_history and self._was_member_at(after):
            yield self._violation(Kind.LOST, f"it was refused after {after}, and Removed was never sent")

    def _was_member_at(self, seq: int | None) -> bool:
        party = self._party_at(seq)
        return party is not None and party.member(self._stream.player_id) is not None

    def _party_at(self, seq: int | None) -> Party | None:
        log = self._logs.log(self._epoch)
        return log.party_at(seq) if log is not None and seq is not None else None

    def _gap(self, frame: Frame) -> Violation:
        return self._violation(Kind.LOST, f"{_label(frame)} came right after {self._position}")

    def _value(self, frame: Frame) -> Json:
        value = self._contents.value(frame.content)
        return value if isinstance(value, dict) else {}

    def _violation(self, kind: Kind, what: str) -> Violation:
        frames = self._stream.frames[max(0, self._frames_read - TRAIL_FRAMES) : self._frames_read]
        trail = " ".join(f"{frame.subscription}/{_label(frame)}" for frame in frames)
        return Violation(kind, f"{self._stream}: {what}; subscription/frame: {trail}")


def _label(frame: Frame) -> str:
    return f"{frame.kind} {frame.seq}"
