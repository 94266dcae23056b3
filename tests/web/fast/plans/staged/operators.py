"""Services for operators in which nothing changes."""

from __future__ import annotations

from collections.abc import Callable

from lobby.app.node_monitor import Gauges, Sample
from lobby.app.party_search import FoundPage, FoundParty
from lobby.domain.model import Party
from lobby.limits.throttle_log import Throttled
from lobby.ports import BadPageCursor, StoreCounts
from schema.operators import SettingInForce
from tests.lobby.domain.scenes import START, player
from tests.web.fast.plans.staged.parties import PARTIES, REFUSED


class StagedOperators:
    """All services for operators in one: search, log of looks, monitor, throttled clients and facts of the node."""

    id, started_at, uptime_s, loop_lag_ms, store = "node", START, 5.5, 1.25, "sqlite"
    samples = (
        Sample(START, 10.0, 3, {"PARTY_FULL": 2}, 1, 1.0, 2.5, 4, 0.5, 1.0, 4.0, Gauges(2, 1)),
        Sample(START + 10_000, 1.5, 0, {}, 0, None, None, 0, None, None, 0.5, Gauges(0, 0)),
    )
    settings = (SettingInForce(name="LOBBY_PORT", value="8000", is_default=True),)

    def __init__(self, note: Callable[[str, str], None]) -> None:
        """`note` takes down a call and what it names."""
        self._note = note

    async def page(self, text: str, first: int, after: str | None) -> FoundPage:
        self._note(f"search {after} {first}", text)
        if after == REFUSED:
            raise BadPageCursor
        found = tuple(FoundParty(party, (player("ann"),)) for party in PARTIES.values())[:first]
        return FoundPage(found, "12" if len(found) < len(PARTIES) else None, len(found))

    async def record(self, by: str, party: Party) -> None:
        self._note(f"{by} looks at", party.id)

    def gauges(self) -> Gauges:
        return self.samples[0].gauges

    def latest(self, count_max: int) -> list[Throttled]:
        return [Throttled("mutations", "ann", 2, 100.5, 2_000, 1_000)][:count_max]

    async def problem(self) -> str | None:
        return None

    async def store_counts(self) -> StoreCounts | None:
        return StoreCounts(2, 1, 1)

    def search_count(self) -> int:
        return 3
