"""The schemas that plans are held against: one that has everything, and the lobby's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from hypothesis import strategies as st

from lobby.auth.caller import Caller
from lobby.live.frames import Frame
from resolvers.context import Context as LobbyContext
from resolvers.root import schema as lobby_schema
from tests.lobby.domain.scenes import player
from tests.web.fast.plans.comparing import REQUEST_ID, MakeStage, Stage
from tests.web.fast.plans.differing import Subject
from tests.web.fast.plans.rich import taste as rich_taste
from tests.web.fast.plans.rich import things
from tests.web.fast.plans.rich.context import Context as RichContext
from tests.web.fast.plans.rich.odd_values import ODD_VALUES
from tests.web.fast.plans.rich.schema import schema as rich_schema
from tests.web.fast.plans.staged import taste as staged_taste
from tests.web.fast.plans.staged.parties import FRAMES
from tests.web.fast.plans.staged.services import staged

VIEWERS = ("ann", "dee", "bob")
CALLERS = (
    *(Caller(player(name)) for name in VIEWERS),
    Caller(),
    Caller(is_service=True),
    Caller(refusal="expired"),
    Caller(is_operator=True, operator_name="operator 1a2b3c4d"),
)


def _same(event: object) -> object:
    return event


_EVENTS: tuple[Callable[[], object], ...] = (
    # One and the same object each time: then its results are shared.
    *(partial(_same, things.anything(number)) for number in range(6)),
    *ODD_VALUES.values(),
)


def rich_stage(viewer: str = "ann", events: Sequence[Callable[[], object]] = ()) -> MakeStage:
    """Each run gets a new event."""

    def make() -> Stage:
        context = RichContext(viewer, tuple(event() for event in events))
        return Stage(context, context.calls)

    return make


def lobby_stage(caller: Caller = CALLERS[0], frames: Sequence[Frame] = ()) -> MakeStage:
    """A staged lobby that `caller` asks, and whose parties' streams have these frames."""

    def make() -> Stage:
        book: list[str] = []
        return Stage(LobbyContext(caller, REQUEST_ID, staged(book, frames)), book)

    return make


RICH = Subject(
    "rich",
    rich_schema,
    rich_taste.TASTE,
    st.builds(
        rich_stage,
        st.sampled_from(VIEWERS),
        st.lists(st.sampled_from(_EVENTS[:6]) | st.sampled_from(_EVENTS), max_size=5),
    ),
)
LOBBY = Subject(
    "lobby",
    lobby_schema,
    staged_taste.TASTE,
    st.builds(
        lobby_stage,
        st.sampled_from((*CALLERS[:1] * 4, *CALLERS)),
        st.lists(st.sampled_from(FRAMES), max_size=8),
    ),
)
