"""Those who stand together: what is made once for them, and what each has had by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from lobby.live.frames import Frame, Heartbeat
from lobby.live.pushing import Group, Pushed, Telling
from tests.domain.scenes import Scene
from tests.live.test_following import Taker

HEAD = 7


@dataclass(eq=False)
class Stand:
    """A follower who says when it had its latest frame."""

    last_frame_at: float = 0.0
    player_id: str = "ann"
    line: Taker = field(default_factory=Taker)

    def pull(self) -> None:
        raise AssertionError("nobody is to leave")


def heartbeat() -> Heartbeat:
    return Heartbeat(Scene("ann").party, 0)


def stood(*stands: Stand) -> tuple[Pushed, Group]:
    telling: Telling[Frame] = Telling("as it is", lambda frame: frame)
    pushed = Pushed()
    for stand in stands:
        group = pushed.add(stand, HEAD, telling, stand.line)
    return pushed, group


def test_a_heartbeat_is_for_those_alone_who_had_no_frame_for_so_long() -> None:
    silent, fresh = Stand(last_frame_at=10.0), Stand(last_frame_at=19.0)
    pushed, _ = stood(silent, fresh)
    pushed.beat(heartbeat(), at=20.0, heard_before=10.0)
    assert (len(silent.line.frames), len(fresh.line.frames)) == (1, 0)
    assert pushed.longest_silent_since() == 19.0


def test_a_frame_for_all_is_one_for_each_who_is_there() -> None:
    """Each had its own latest frame at another time; now they have had this one together."""
    stands = Stand(last_frame_at=10.0), Stand(last_frame_at=12.0)
    pushed, group = stood(*stands)
    entry = Scene("ann").log[-1]
    pushed.push(entry, at=15.0)
    pushed.beat(heartbeat(), at=20.0, heard_before=14.0)
    assert [stand.line.frames for stand in stands] == [[entry], [entry]]
    assert (group.seq, pushed.longest_silent_since()) == (entry.seq, 15.0)


def test_what_is_written_is_made_once_for_all_lines_of_one_form() -> None:
    made: list[str] = []

    def form_of(name: str) -> Taker:
        def form(frame: Frame) -> str:
            made.append(name)
            return name

        return Taker(form)

    one, other = form_of("one"), form_of("other")
    stands = [Stand(line=line) for line in (one, Taker(one.form), other)]
    pushed, _ = stood(*stands)
    pushed.push(heartbeat(), at=1.0)
    assert made == ["one", "other"]
    assert [stand.line.frames for stand in stands] == [["one"], ["one"], ["other"]]
