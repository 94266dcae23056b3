"""The checks of the simulation find what a broken server would leave behind: here the logs of a sound one are tampered with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from lobby.app.join_service import JoinTarget
from lobby.app.matchmaking.search_service import SearchService
from lobby.domain import commands as c
from lobby.domain.inbox import Inbox, InboxEntry
from lobby.domain.listing import PartyFilter
from lobby.domain.model import Party
from tests.lobby.app.matchmaking.searches import Searches, search_id
from tests.lobby.app.world import done, world
from tests.lobby.domain.scenes import player
from tools.chaos.expected_state.logs import Log
from tools.chaos.violation import Kind, Violation
from tools.simulation.checks import check_logs
from tools.simulation.inbox_checks import check_inboxes, check_streams
from tools.simulation.pace import SLOW_ANSWER_S, Pace
from tools.simulation.records import Block, Cancel, QuickJoin, Records
from tools.simulation.verdict import Late, Verdict

PLAYERS = ("ann", "bob", "cat", "dan", "eve")


@dataclass
class Played:
    """The results of a run: logs and inboxes as the store has them, and the records of the players."""

    searches: Searches
    logs: list[Log] = field(default_factory=list)
    inboxes: dict[str, list[InboxEntry]] = field(default_factory=dict)
    records: Records = field(default_factory=Records)

    async def read(self, *parties: Party) -> None:
        world = self.searches.world
        self.logs = [Log.replay(party.id, await world.log(party)) for party in parties]
        for name in PLAYERS:
            newest = await world.store.inbox(name)
            self.inboxes[name] = list(await world.store.inbox_entries(Inbox(name, newest.epoch), 500))

    def log_of(self, party: Party) -> Log:
        return next(log for log in self.logs if log.party_id == party.id)

    def cut(self, party: Party, entries: int) -> None:
        """The log of the party without its last entries."""
        whole = self.log_of(party)
        self.logs[self.logs.index(whole)] = Log(whole.party_id, whole.entries[: len(whole.entries) - entries])

    def found(self) -> list[Violation]:
        inboxes = check_inboxes(self.logs, self.inboxes, self.records)
        return [*check_logs(self.logs, self.records), *inboxes]

    def text(self) -> str:
        return "\n".join(map(str, self.found()))


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    async with world() as lobby:
        service = SearchService(lobby.handler)
        yield Played(Searches(lobby, service, races=1))
        await service.close()


async def match(played: Played) -> tuple[Party, Party]:
    """Ann and Bob have met Cat and Dan."""
    searches = played.searches
    one, two = await searches.start("ann", "bob"), await searches.start("cat", "dan")
    await searches.propose(one, two)
    await searches.accept_all(one, two)
    await played.read(one, two)
    return one, two


def blocked(who: str, whom: str) -> Records:
    return Records(blocks=[Block(who, whom, answered_at=0)])


async def test_nothing_is_wrong_after_a_match(played: Played) -> None:
    one, two = await match(played)
    played.records.searches |= {search_id(one), search_id(two)}
    played.records.cancels.append(Cancel(search_id(one), "MATCHED"))
    assert played.text() == ""
    assert played.records.search_ends == {"MATCHED": 2}


async def test_an_entry_that_an_inbox_lacks_is_found(played: Played) -> None:
    await match(played)
    for name in PLAYERS[:4]:
        for number, entry in enumerate(played.inboxes[name]):
            rest = [*played.inboxes[name][:number], *played.inboxes[name][number + 1 :]]
            tampered = replace(played, inboxes=played.inboxes | {name: rest})
            assert f"the inbox of {name} lacks" in tampered.text(), entry


async def test_an_entry_that_an_inbox_has_twice_is_found(played: Played) -> None:
    await match(played)
    played.inboxes["bob"].append(played.inboxes["bob"][-1])
    assert "the inbox of bob has" in played.text()


async def test_an_entry_of_nobodys_doing_is_found(played: Played) -> None:
    await match(played)
    played.inboxes["eve"] = played.inboxes["bob"][:1]
    assert "the inbox of eve has" in played.text()


async def test_a_search_without_an_end_is_late(played: Played) -> None:
    party = await played.searches.start("ann")
    await played.read(party)
    (violation,) = played.found()
    assert isinstance(violation, Late)
    assert str(violation) == f"broken invariant: search {search_id(party)} has not ended: SEARCHING"


async def test_a_search_that_goes_on_after_its_end_is_found(played: Played) -> None:
    party = await played.searches.start("ann")
    done(await played.searches.service.cancel(player("ann"), search_id(party)))
    await played.read(party)
    log = played.log_of(party)
    again = Log(log.party_id, (*log.entries, log.entries[-2]))
    played.logs = [again]
    assert f"search {search_id(party)} went on after CANCELLED" in played.text()


async def test_a_search_that_was_answered_and_is_in_no_log_is_found(played: Played) -> None:
    await match(played)
    played.records.searches.add("lost")
    assert played.text() == "wrong answer: startSearch was answered with lost, which no log has"


async def test_a_cancel_that_the_log_contradicts_is_found(played: Played) -> None:
    one, _ = await match(played)
    played.records.cancels.append(Cancel(search_id(one), "CANCELLED"))
    assert f"cancelSearch of {search_id(one)} said CANCELLED" in played.text()


async def test_half_a_match_is_found(played: Played) -> None:
    """One party's search is MATCHED, and the other party knows nothing of it."""
    one, two = await match(played)
    for party in (one, two):
        last = next(e.seq for e in played.log_of(party).entries if e.party.search and e.party.search.matched_party_id)
        tampered = replace(played, logs=list(played.logs))
        tampered.cut(party, played.log_of(party).head - last + 1)
        assert "half a mutation: the match" in tampered.text(), party.id


async def test_a_match_that_does_not_bring_all_together_is_found(played: Played) -> None:
    one, _ = await match(played)
    played.cut(one, 1)
    assert "did not bring all of its players together" in played.text()


@pytest.mark.parametrize(("who", "whom"), [("ann", "cat"), ("dan", "bob"), ("cat", "bob")])
async def test_a_match_despite_a_block_is_found(played: Played, who: str, whom: str) -> None:
    await match(played)
    played.records = blocked(who, whom)
    assert "despite a block" in played.text()


async def test_a_quick_join_despite_a_block_is_found_and_a_join_by_id_is_not(played: Played) -> None:
    lobby = played.searches.world
    party = await lobby.party("ann", "bob")
    lobby.clock.advance_ms(1)
    quick = done(await lobby.join_service.quick_join(c.JoinParty(player("eve")), PartyFilter(), None, False))
    await played.read(party)
    played.records = blocked("eve", "bob")
    assert played.text() == ""
    played.records.quick_joins.append(QuickJoin("eve", party.id, quick.seq))
    assert f"eve was seated beside bob in {party.id}" in played.text()


async def test_a_player_who_comes_to_a_leader_with_a_block_is_found(played: Played) -> None:
    party = await played.searches.world.party("ann", "bob")
    await played.read(party)
    played.records = Records(blocks=[Block("ann", "bob", answered_at=-1.0)])
    played.searches.world.clock.advance_ms(1)
    assert "whose leader ann blocks this player" in played.text()


async def wait_in_full_party(played: Played) -> Party:
    lobby = played.searches.world
    party = await lobby.party("ann", "bob", max_members=2)
    done(await lobby.join_service.join(JoinTarget(party.id), c.JoinParty(player("eve"), wait=True), False))
    return party


async def test_nobody_waits_for_a_seat_that_is_free(played: Played) -> None:
    party = await wait_in_full_party(played)
    await played.read(party)
    assert played.text() == ""
    await played.searches.world.execute(party, c.LeaveParty(player("bob")))
    await played.read(party)
    (violation,) = played.found()
    assert isinstance(violation, Late)
    assert violation.text == f"eve wait in party {party.id} with 1 free seats"
    played.records = blocked("ann", "eve")
    assert played.text() == ""


async def test_a_seat_that_is_held_for_ever_is_late(played: Played) -> None:
    party = await wait_in_full_party(played)
    lobby = played.searches.world
    await lobby.execute(party, c.LeaveParty(player("bob")))
    held = await lobby.execute(party, c.OfferSeats(("eve",)))
    await played.read(party)
    played.records.stopped_at = held.reservations[0].until
    assert played.text() == ""
    played.records.stopped_at += 60_000
    assert f"a seat in party {party.id} is still held for eve" in played.text()


def frames_of(entries: Sequence[InboxEntry]) -> list[dict[str, object]]:
    """The frames in which a player receives `entries`, which are about membership only."""
    return [
        {
            "__typename": "MembershipChanged",
            "seq": entry.seq,
            "party": {"id": getattr(entry.event, "party_id", "")}
            if not getattr(entry.event, "leave_reason", "")
            else None,
            "leaveReason": getattr(entry.event, "leave_reason", None),
        }
        for entry in entries
    ]


async def test_what_a_player_has_not_seen_or_has_seen_otherwise_is_found(played: Played) -> None:
    lobby = played.searches.world
    for _ in range(3):
        party = await lobby.party("ann")
        await lobby.execute(party, c.LeaveParty(player("ann")))
    await played.read()
    entries = {"ann": [entry for entry in played.inboxes["ann"] if getattr(entry.event, "leave_reason", "") is None]}
    entries = {"ann": [_numbered(entry, seq) for seq, entry in enumerate(entries["ann"], 1)]}
    frames = frames_of(entries["ann"])

    def seen(*shown: dict[str, object]) -> list[Kind]:
        return [each.kind for each in check_streams(entries, Records(inboxes={"ann": list(shown)}))]

    assert seen(*frames) == []
    assert seen(frames[0], frames[2]) == [Kind.LOST]
    assert seen(frames[0], frames[1]) == [Kind.LOST]
    assert seen(frames[0], frames[1], frames[1] | {"seq": 3}) == [Kind.CONTENT]
    assert seen(frames[0], frames[0], *frames[1:]) == [Kind.LOST]
    snapshot: dict[str, object] = {"__typename": "InboxSnapshot", "seq": 2}
    assert seen(frames[0], snapshot, frames[2]) == []


def _numbered(entry: InboxEntry, seq: int) -> InboxEntry:
    return InboxEntry(entry.event, Inbox("ann", entry.inbox.epoch, seq, entry.at))


def test_what_came_late_counts_only_on_a_machine_that_was_fast_enough() -> None:
    late: list[Violation] = [Late(Kind.INVARIANT, "a search has not ended")]
    wrong = [Violation(Kind.INVARIANT, "two ends")]
    assert Verdict([], late, []).counted == late
    starved = Verdict([], late, ["slow"])
    assert (starved.counted, starved.is_known) == ([], False)
    assert Verdict(wrong, late, ["slow"]).counted == wrong
    assert Verdict([], [], ["slow"]).is_known


def test_slow_answers_show_a_machine_that_is_too_slow() -> None:
    pace = Pace()
    for _ in range(90):
        pace.note_answer(0.01)
    assert pace.too_slow() == []
    for _ in range(10):
        pace.note_answer(2 * SLOW_ANSWER_S)
    assert pace.too_slow() == [f"10% of the answers took over {SLOW_ANSWER_S:g} s"]
