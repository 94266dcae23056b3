"""Find and join in one step."""

from __future__ import annotations

import asyncio
from collections import Counter

from lobby.domain import commands as c
from lobby.domain.listing import PartyFilter
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import GameType, PartyId, Visibility
from lobby.service import Done
from tests.domain.scenes import player
from tests.service.world import World, code, done, once

ANY = PartyFilter()


async def quick(
    world: World,
    name: str,
    wanted: PartyFilter = ANY,
    create: c.SettingsPatch | None = None,
    leave_current: bool = False,
    character_class: str | None = None,
) -> Done | Rejection:
    joining = c.JoinParty(player(name), character_class=character_class)
    creating = c.CreateParty(player(name), create) if create is not None else None
    return await world.entrance.quick_join(joining, wanted, creating, leave_current)


async def quick_id(world: World, name: str, wanted: PartyFilter = ANY) -> PartyId:
    return done(await quick(world, name, wanted)).party.id


async def test_the_fullest_comes_first(world: World) -> None:
    await world.party("ann")
    fuller = await world.party("bob", "cid")
    assert await quick_id(world, "eve") == fuller.id


async def test_among_equals_the_oldest_comes_first(world: World) -> None:
    oldest = await world.party("ann")
    await world.party("bob")
    assert await quick_id(world, "eve") == oldest.id


async def test_a_party_with_a_password_is_passed_over(world: World) -> None:
    await world.party("ann", "bob", password="sesame")
    free = await world.party("cid")
    assert await quick_id(world, "eve") == free.id


async def test_even_when_one_with_a_password_is_wished_for(world: World) -> None:
    await world.party("ann", password="sesame")
    assert code(await quick(world, "eve", PartyFilter(has_password=True))) is RejectionCode.NOT_FOUND


async def test_what_does_not_match_is_passed_over(world: World) -> None:
    await world.party("ann", "bob")
    duel = await world.party("cid", game_type=GameType.PVP)
    assert await quick_id(world, "eve", PartyFilter(game_type=GameType.PVP)) == duel.id


async def test_a_private_party_is_never_found(world: World) -> None:
    await world.party("ann", visibility=Visibility.PRIVATE)
    assert code(await quick(world, "eve")) is RejectionCode.NOT_FOUND


async def test_a_party_where_the_class_is_taken_is_passed_over(world: World) -> None:
    knights = await world.party("ann", "bob", unique_classes=True)
    await world.does(knights, c.UpdateMember(player("ann"), "Knight"))
    other = await world.party("cid")
    assert done(await quick(world, "eve", character_class="Knight")).party.id == other.id


async def test_a_party_that_kicked_the_player_is_passed_over(world: World) -> None:
    full = await world.party("ann", "bob", "eve")
    await world.does(full, c.KickMember(player("ann"), "eve"))
    other = await world.party("cid")
    assert await quick_id(world, "eve") == other.id


async def test_a_wish_that_no_party_can_grant_is_refused_at_once(world: World) -> None:
    await world.party("ann")
    answer = await quick(world, "eve", create=c.SettingsPatch(), character_class="x" * 1000)
    assert code(answer) is RejectionCode.INVALID_INPUT


async def test_a_seat_lost_in_a_race_is_made_up_for_by_the_next_party(world: World) -> None:
    """The list shows what is durable; what is newest may be full already."""
    fuller, other = await world.party("ann", "bob", max_members=3), await world.party("cid")
    world.disk.hold()
    first = asyncio.create_task(quick(world, "dan"))
    await world.disk.asked.wait()
    second = asyncio.create_task(quick(world, "eve"))
    await asyncio.sleep(0)
    world.disk.release()
    assert [done(await one).party.id for one in (first, second)] == [fuller.id, other.id]


async def test_many_at_once_fill_every_seat_there_is(world: World) -> None:
    parties = [await world.party(leader, max_members=3) for leader in ("ann", "bob", "cid")]
    answers = await asyncio.gather(*(quick(world, f"player {number}") for number in range(8)))
    assert Counter(map(code, answers)) == {None: 6, RejectionCode.NOT_FOUND: 2}
    assert [len((await world.now(party)).members) for party in parties] == [3, 3, 3]


async def test_nothing_fits_may_be_tried_again(world: World) -> None:
    refusal = await quick(world, "eve")
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.retryable) == (RejectionCode.NOT_FOUND, True)


async def test_a_party_is_created_only_when_nothing_fits(world: World) -> None:
    found = await world.party("ann")
    wishes = c.SettingsPatch(name="Mine")
    assert done(await quick(world, "eve", create=wishes)).party.id == found.id
    created = done(await quick(world, "fay", PartyFilter(game_type=GameType.PVP), wishes)).party
    assert (created.settings.name, created.leader_id) == ("Mine", "fay")


async def test_who_has_a_seat_is_told_so(world: World) -> None:
    party = await world.party("ann")
    await world.party("bob")
    refusal = await quick(world, "ann")
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.current) == (RejectionCode.ALREADY_IN_PARTY, party)


async def test_ones_own_party_is_no_find_when_one_wants_to_leave_it(world: World) -> None:
    mine, other = await world.party("ann", "bob"), await world.party("cid")
    assert done(await quick(world, "bob", leave_current=True)).party.id == other.id
    assert len((await world.now(mine)).members) == 1


async def test_who_finds_nothing_keeps_the_seat(world: World) -> None:
    mine = await world.party("ann", "bob")
    assert code(await quick(world, "bob", leave_current=True)) is RejectionCode.NOT_FOUND
    assert await world.store.seat_of("bob") == mine.id


async def test_with_a_key_the_same_party_is_answered_though_a_fuller_one_has_come(world: World) -> None:
    party = await world.party("ann")

    async def ask() -> Done:
        joining = c.JoinParty(player("eve"))
        return done(await world.entrance.quick_join(joining, ANY, None, leave_current=True, once=once()))

    first = await ask()
    await world.party("bob", "cid", "dan")
    assert (first.party.id, await ask()) == (party.id, Done(first.party, replayed=True))
