"""Searches and matches with the real command handler and store: what players are answered, and what the parties become."""

from __future__ import annotations

import asyncio
import random

from lobby.app.idempotency import CommandResult
from lobby.app.matchmaking.search_service import ProposalResult
from lobby.domain import commands as c
from lobby.domain import events as e
from lobby.domain.blocks import block_player
from lobby.domain.inbox import Inbox, MembershipChanged, SearchUpdated
from lobby.domain.matching import candidate_of
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.search import SearchCriteria
from lobby.domain.values import GameType, SearchCancelReason, SearchState
from tests.lobby.app.matchmaking.searches import Searches, search_id, search_in
from tests.lobby.app.world import a_key, code, done
from tests.lobby.domain.scenes import player
from tests.waiting import wait_until

RACES_AT_ONCE = 50


async def wait_for_state(searches: Searches, party: Party, state: SearchState) -> None:
    async def has_state() -> bool:
        return (await searches.of(party.id)).state is state

    await wait_until(has_state)


async def test_the_last_accept_makes_the_parties_one(searches: Searches) -> None:
    one, two = await searches.start("ann", "bob"), await searches.start("cat", "dan")
    await searches.propose(one, two)
    *first, last = await searches.accept_all(one, two)
    assert [search_in(result).state for result in first] == [SearchState.PROPOSED] * 3
    search = search_in(last)
    assert (search.state, search.matched_party_id) == (SearchState.MATCHED, one.id)
    party = await searches.world.now(one)
    assert [member.player.id for member in party.members] == ["ann", "bob", "cat", "dan"]
    for name in ("ann", "bob", "cat", "dan"):
        assert await searches.world.store.party_of_player(name) == one.id


async def test_every_member_is_told_each_state_of_the_search_once_and_of_the_new_party(searches: Searches) -> None:
    one, two = await searches.start("ann", "bob"), await searches.start("cat")
    await searches.propose(one, two)
    done(await searches.service.decline(player("cat"), search_id(two)))
    await wait_for_state(searches, one, SearchState.SEARCHING)
    two = done(await searches.service.start(player("cat"), two.id, SearchCriteria(GameType.COOP, 4))).party
    one = await searches.world.now(one)
    await searches.propose(one, two)
    await searches.accept_all(one, two)
    states = ["SEARCHING", "PROPOSED", "SEARCHING", "PROPOSED", "MATCHED"]
    for name in ("ann", "bob"):
        assert await told(searches, name, one) == states
    states[2:2] = ["CANCELLED"]
    assert await told(searches, "cat", two) == [*states, one.id]


async def told(searches: Searches, name: str, party: Party) -> list[str]:
    """Entries in the inbox since the search of the party began: the states of the search, and the ids of joined parties."""
    found: list[str] = []
    for entry in await searches.world.store.inbox_entries(Inbox(name), 50):
        event = entry.event
        if isinstance(event, SearchUpdated):
            assert event.party_id == party.id
            assert event.search.match is None or event.search.match.party_ids == ()
            found.append(event.search.state.value)
        elif isinstance(event, MembershipChanged) and found:
            found.append(event.party_id)
    return found


async def test_an_accept_that_is_sent_again_has_the_same_answer(searches: Searches) -> None:
    one, two = await searches.start("ann"), await searches.start("cat", size=2)
    one = done(await searches.service.cancel(player("ann"), search_id(one))).party
    one = done(await searches.service.start(player("ann"), one.id, SearchCriteria(GameType.COOP, 2))).party
    await searches.propose(one, two)
    done(await searches.accept(one, "ann"))
    first = done(await searches.accept(two, "cat", a_key()))
    again = done(await searches.accept(two, "cat", a_key()))
    assert (again.party, again.replayed) == (first.party, True)
    assert search_in(again).matched_party_id == one.id
    assert search_in(await searches.accept(one, "ann")).state is SearchState.MATCHED


async def test_a_decline_lets_the_other_parties_search_on(searches: Searches) -> None:
    parties = [await searches.start(name) for name in ("ann", "bob", "cat")]
    await searches.propose(*parties)
    done(await searches.accept(parties[0], "ann"))
    declined = search_in(await searches.service.decline(player("bob"), search_id(parties[1])))
    assert (declined.state, declined.cancel_reason) == (SearchState.CANCELLED, SearchCancelReason.NOT_ACCEPTED)
    for party in (parties[0], parties[2]):
        await wait_for_state(searches, party, SearchState.SEARCHING)
        search = await searches.of(party.id)
        assert party.search is not None
        assert (search.since, search.accepted) == (party.search.since, ())
    assert code(await searches.accept(parties[2], "cat")) is RejectionCode.MATCH_GONE


async def test_a_party_that_changes_leaves_the_match_and_releases_the_others(searches: Searches) -> None:
    one, two = await searches.start("ann", "bob"), await searches.start("cat")
    await searches.propose(one, two)
    await searches.world.execute(one, c.LeaveParty(player("bob")))
    assert (await searches.of(one.id)).cancel_reason is SearchCancelReason.ROSTER_CHANGED
    await wait_for_state(searches, two, SearchState.SEARCHING)


async def test_two_last_accepts_on_two_nodes_are_settled_afterwards(searches: Searches) -> None:
    """Each node sees its own accept only, as nodes that share a store may. The first one to look merges."""
    one, two = await searches.start("ann"), await searches.start("cat")
    match = await searches.propose(one, two)
    for party, name in ((one, "ann"), (two, "cat")):
        await searches.world.execute(party, c.AcceptMatch(player(name), search_id(party)))
    await asyncio.gather(*(searches.service.settle(match) for _ in range(3)))
    await wait_for_state(searches, one, SearchState.MATCHED)
    assert len((await searches.world.now(one)).members) == 2


async def test_a_search_that_is_unknown_is_not_found(searches: Searches) -> None:
    party = await searches.start("ann")
    for id in ("", "nothing", f"{party.id}.other", "unknown.1"):
        for method in (searches.service.cancel, searches.service.accept, searches.service.decline):
            assert code(await method(player("ann"), id)) is RejectionCode.NOT_FOUND
    assert code(await searches.service.cancel(player("eve"), search_id(party))) is RejectionCode.NOT_FOUND


async def test_a_proposal_of_a_search_that_has_changed_changes_nothing(searches: Searches) -> None:
    one, two = await searches.start("ann", "bob"), await searches.start("cat")
    candidates = [candidate for party in (one, two) if (candidate := candidate_of(party)) is not None]
    await searches.world.execute(one, c.UpdateMember(player("bob"), "Mage"))
    assert await searches.service.propose(candidates) is ProposalResult.CHANGED
    assert (await searches.of(two.id)).state is SearchState.SEARCHING


async def block(searches: Searches, blocker: str, other: str) -> None:
    store = searches.world.store
    blocks = block_player(await store.block_list(blocker), player(other), 1, searches.world.handler.bounds)
    assert not isinstance(blocks, tuple)
    await store.save_block_list(blocks)  # type: ignore[arg-type]
    await store.wait_blocks_hold(blocker, other)


async def test_players_with_a_block_between_them_are_not_matched(searches: Searches) -> None:
    one, two = await searches.start("ann"), await searches.start("cat")
    await block(searches, "cat", "ann")
    candidates = [candidate for party in (one, two) if (candidate := candidate_of(party)) is not None]
    assert await searches.service.propose(candidates) is ProposalResult.BLOCKED
    assert await searches.service.blocked_by(("cat", "eve")) == {"ann"}


async def test_a_block_during_a_proposed_match_lets_it_fall_apart(searches: Searches) -> None:
    one, two = await searches.start("ann"), await searches.start("cat")
    await searches.propose(one, two)
    done(await searches.accept(one, "ann"))
    await block(searches, "cat", "ann")
    assert code(await searches.accept(two, "cat")) is RejectionCode.MATCH_GONE
    for party in (one, two):
        await wait_for_state(searches, party, SearchState.SEARCHING)


async def test_the_estimate_is_the_usual_wait_of_such_searches(searches: Searches) -> None:
    for round, wait_s in enumerate((10, 20, 90)):
        parties = [await searches.start(f"{side}{round}", region="eu") for side in ("ann", "cat")]
        assert parties[0].search is not None
        searches.world.clock.advance(wait_s)
        await searches.propose(*parties)
        await searches.accept_all(*parties)
    await wait_until(lambda: _counts(searches, 6))
    party = await searches.start("eve", region="eu")
    assert party.search is not None
    assert party.search.estimated_wait_s == 20
    other = await searches.start("fay", region="us")
    assert other.search is not None
    assert other.search.estimated_wait_s is None


async def _counts(searches: Searches, count: int) -> bool:
    return len(await searches.world.store.searches.waits("COOP:4::eu")) == count


async def test_of_a_cancel_and_a_match_one_wins_and_everybody_is_told_the_same(searches: Searches) -> None:
    """The last accept and the cancel overlap at random moments."""
    matched = 0
    for first in range(0, searches.races, RACES_AT_ONCE):
        races = (race(searches, number) for number in range(first, first + RACES_AT_ONCE))
        matched += sum(await asyncio.gather(*races))
    assert 0 < matched < searches.races


async def race(searches: Searches, number: int) -> bool:
    """True if the match was first."""
    chance = random.Random(number)
    names = [f"{name}{number}" for name in ("ann", "bob", "cat")]
    one, two = await searches.start(names[0], names[1]), await searches.start(names[2])
    await searches.propose(one, two)
    first, second, last = chance.sample([(one, names[0]), (one, names[1]), (two, names[2])], 3)
    done(await searches.accept(*first))
    done(await searches.accept(*second))
    cancelling = chance.choice((one, two))

    async def accept() -> CommandResult | Rejection:
        await turns(chance.randrange(8))
        return await searches.accept(*last)

    async def cancel() -> CommandResult:
        await turns(chance.randrange(8))
        return done(await searches.service.cancel(cancelling.members[0].player, search_id(cancelling)))

    accepted, cancelled = await asyncio.gather(accept(), cancel())
    is_matched = search_in(cancelled).state is SearchState.MATCHED
    if is_matched:
        assert search_in(accepted).state is SearchState.MATCHED
    else:
        assert code(accepted) is RejectionCode.MATCH_GONE or search_in(accepted).state is SearchState.PROPOSED
    parties = [await searches.world.now(party) for party in (one, two)]
    if is_matched:
        (stays,) = [party for party in parties if not party.is_closed]
        assert sorted(member.player.id for member in stays.members) == sorted(names)
    else:
        assert [len(party.members) for party in parties] == [2, 1]
    for party in (one, two):
        ends = [
            event.search.state
            for event in await searches.world.events(party)
            if isinstance(event, e.PartySearchChanged) and not event.search.is_live
        ]
        expected = [SearchState.CANCELLED] if party is cancelling else []
        assert ends == ([SearchState.MATCHED] if is_matched else expected)
    return is_matched


async def turns(count: int) -> None:
    """Let other tasks run so many times."""
    for _ in range(count):
        await asyncio.sleep(0)
