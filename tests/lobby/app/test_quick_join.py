"""Find and join in one step."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from lobby.app.idempotency import CommandResult
from lobby.domain import commands as c
from lobby.domain.listing import PartyFilter
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import GameType, PartyId, Visibility
from tests.lobby.app.world import World, a_key, code, done
from tests.lobby.domain.scenes import player

ANY = PartyFilter()


async def quick(
    world: World,
    name: str,
    wanted: PartyFilter = ANY,
    create: SettingsPatch | None = None,
    leave_current: bool = False,
    character_class: str | None = None,
    client_version: str | None = None,
) -> CommandResult | Rejection:
    joining = c.JoinParty(player(name), character_class=character_class, client_version=client_version)
    creating = None
    if create is not None:
        creating = c.CreateParty(player(name), create, character_class=character_class, client_version=client_version)
    return await world.join_service.quick_join(joining, wanted, creating, leave_current)


async def quick_id(world: World, name: str, wanted: PartyFilter = ANY) -> PartyId:
    return done(await quick(world, name, wanted)).party.id


async def test_the_fullest_party_is_joined(world: World) -> None:
    await world.party("ann")
    fuller = await world.party("bob", "cid")
    assert await quick_id(world, "eve") == fuller.id


async def test_of_equally_full_parties_the_oldest_is_joined(world: World) -> None:
    oldest = await world.party("ann")
    await world.party("bob")
    assert await quick_id(world, "eve") == oldest.id


async def test_a_party_with_a_password_is_skipped(world: World) -> None:
    await world.party("ann", "bob", password="sesame")
    free = await world.party("cid")
    assert await quick_id(world, "eve") == free.id


async def test_a_party_with_a_password_is_skipped_also_if_the_filter_wants_it(world: World) -> None:
    await world.party("ann", password="sesame")
    assert code(await quick(world, "eve", PartyFilter(has_password=True))) is RejectionCode.NOT_FOUND


async def test_a_party_that_does_not_match_the_filter_is_skipped(world: World) -> None:
    await world.party("ann", "bob")
    duel = await world.party("cid", game_type=GameType.PVP)
    assert await quick_id(world, "eve", PartyFilter(game_type=GameType.PVP)) == duel.id


async def test_a_party_for_another_version_of_the_game_is_skipped(world: World) -> None:
    await world.party("ann", client_version="1.0")
    newer = await world.party("bob", client_version="1.1")
    anyones = await world.party("cid")
    assert done(await quick(world, "eve", client_version="1.1")).party.id == newer.id
    assert done(await quick(world, "fay", client_version="1.2")).party.id == anyones.id
    assert await quick_id(world, "gus") == anyones.id
    wanted = PartyFilter(client_version="1.1")
    assert done(await quick(world, "hal", wanted, client_version="1.0")).party.id == anyones.id


async def test_a_party_that_is_created_needs_the_players_version(world: World) -> None:
    outcomes = await asyncio.gather(
        *(
            quick(world, f"player {number}", create=SettingsPatch(), client_version=f"1.{number % 2}")
            for number in range(8)
        )
    )
    parties = {done(outcome).party.id: done(outcome).party.settings.client_version for outcome in outcomes}
    assert sorted(str(version) for version in parties.values()) == ["1.0", "1.1"]


async def test_a_private_party_is_never_joined(world: World) -> None:
    await world.party("ann", visibility=Visibility.PRIVATE)
    assert code(await quick(world, "eve")) is RejectionCode.NOT_FOUND


async def test_a_party_where_the_class_is_taken_is_skipped(world: World) -> None:
    knights = await world.party("ann", "bob", unique_classes=True)
    await world.execute(knights, c.UpdateMember(player("ann"), "Knight"))
    other = await world.party("cid")
    assert done(await quick(world, "eve", character_class="Knight")).party.id == other.id


async def test_a_party_that_kicked_the_player_is_skipped(world: World) -> None:
    full = await world.party("ann", "bob", "eve")
    await world.execute(full, c.KickMember(player("ann"), "eve"))
    other = await world.party("cid")
    assert await quick_id(world, "eve") == other.id


async def test_a_command_that_no_party_can_accept_is_rejected_at_once(world: World) -> None:
    await world.party("ann")
    answer = await quick(world, "eve", create=SettingsPatch(), character_class="x" * 1000)
    assert code(answer) is RejectionCode.INVALID_INPUT


async def test_after_a_lost_race_for_a_seat_the_next_party_is_joined(world: World) -> None:
    """The list shows what is durable; what is newest may be full already."""
    fuller, other = await world.party("ann", "bob", max_members=3), await world.party("cid")
    world.disk.hold()
    first = asyncio.create_task(quick(world, "dan"))
    await world.disk.write_waits.wait()
    second = asyncio.create_task(quick(world, "eve"))
    await asyncio.sleep(0)
    world.disk.release()
    assert [done(await one).party.id for one in (first, second)] == [fuller.id, other.id]


async def test_many_quick_joins_at_once_fill_every_seat(world: World) -> None:
    parties = [await world.party(leader, max_members=3) for leader in ("ann", "bob", "cid")]
    answers = await asyncio.gather(*(quick(world, f"player {number}") for number in range(8)))
    assert Counter(map(code, answers)) == {None: 6, RejectionCode.NOT_FOUND: 2}
    assert [len((await world.now(party)).members) for party in parties] == [3, 3, 3]


async def test_the_rejection_without_a_fitting_party_is_retryable(world: World) -> None:
    refusal = await quick(world, "eve")
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.retryable) == (RejectionCode.NOT_FOUND, True)


async def test_a_party_is_created_only_if_none_fits(world: World) -> None:
    create = await world.party("ann")
    patch = SettingsPatch(name="Mine")
    assert done(await quick(world, "eve", create=patch)).party.id == create.id
    created = done(await quick(world, "fay", PartyFilter(game_type=GameType.PVP), patch)).party
    assert (created.settings.name, created.leader_id) == ("Mine", "fay")


async def test_a_member_of_a_party_is_rejected(world: World) -> None:
    party = await world.party("ann")
    await world.party("bob")
    refusal = await quick(world, "ann")
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.current) == (RejectionCode.ALREADY_IN_PARTY, party)


async def test_who_joins_elsewhere_while_a_quick_join_waits_stays_there(world: World) -> None:
    """The search began in no party, and nobody asked it to leave the party that the player has joined since."""
    wanted, other = await world.party("ann", "cid"), await world.party("bob")
    queues = world.join_service.quick_joins.queues
    ahead = queues.enter(wanted.id, "dee")  # as the quick join of another player whose commit is on its way to a Valkey
    searching = asyncio.create_task(quick(world, "eve"))
    while len(queues.ahead(wanted)) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0)
    done(await world.join("eve", other.join_code))
    queues.leave(ahead)
    assert code(await searching) is RejectionCode.ALREADY_IN_PARTY
    assert (await world.now(other)).member("eve") is not None


async def test_the_current_party_is_skipped_with_leave_current(world: World) -> None:
    mine, other = await world.party("ann", "bob"), await world.party("cid")
    assert done(await quick(world, "bob", leave_current=True)).party.id == other.id
    assert len((await world.now(mine)).members) == 1


async def test_a_player_stays_in_the_party_if_none_fits(world: World) -> None:
    mine = await world.party("ann", "bob")
    assert code(await quick(world, "bob", leave_current=True)) is RejectionCode.NOT_FOUND
    assert await world.store.party_of_player("bob") == mine.id


async def test_a_retry_with_a_key_returns_the_same_party(world: World) -> None:
    party = await world.party("ann")

    async def ask() -> CommandResult:
        joining = c.JoinParty(player("eve"))
        return done(
            await world.join_service.quick_join(joining, ANY, None, leave_current=True, idempotency_key=a_key())
        )

    first = await ask()
    await world.party("bob", "cid", "dan")
    assert (first.party.id, await ask()) == (party.id, CommandResult(first.party, replayed=True))


@pytest.mark.parametrize(("players", "parties"), [(2, 1), (8, 1), (9, 2), (64, 8), (100, 13)])
async def test_players_who_come_at_once_share_the_parties_that_are_created(
    world: World, players: int, parties: int
) -> None:
    outcomes = await asyncio.gather(
        *(quick(world, f"player {number}", create=SettingsPatch()) for number in range(players))
    )
    sizes = Counter(done(outcome).party.id for outcome in outcomes)
    assert len(sizes) == parties
    assert max(sizes.values()) == min(players, 8)


async def test_a_party_by_create_party_is_found_before_it_is_durable(world: World) -> None:
    world.disk.hold()
    creating = asyncio.create_task(world.create("ann"))
    await world.disk.write_waits.wait()
    joining = asyncio.create_task(quick(world, "bob", create=SettingsPatch()))
    await asyncio.sleep(0)
    world.disk.release()
    assert done(await joining).party.id == done(await creating).party.id


async def test_a_quick_join_does_not_wait_for_a_party_that_does_not_fit(world: World) -> None:
    world.disk.hold()
    others = [
        asyncio.create_task(world.create("ann", game_type=GameType.PVP)),
        asyncio.create_task(world.create("bob", visibility=Visibility.PRIVATE)),
        asyncio.create_task(world.create("cid", max_members=1)),
    ]
    await world.disk.write_waits.wait()
    assert code(await quick(world, "dan", PartyFilter(game_type=GameType.COOP))) is RejectionCode.NOT_FOUND
    world.disk.release()
    await asyncio.gather(*others)


async def test_when_the_creation_fails_those_who_waited_fail_or_share_another(world: World) -> None:
    world.disk.hold()
    tasks = [asyncio.create_task(quick(world, name, create=SettingsPatch())) for name in ("ann", "bob", "cid")]
    await world.disk.write_waits.wait()
    world.disk.release(fails=True)
    assert {code(await task) for task in tasks} == {RejectionCode.UNAVAILABLE}
    world.disk.release()
    parties = [
        done(outcome).party.id
        for outcome in await asyncio.gather(*(quick(world, name, create=SettingsPatch()) for name in ("ann", "bob")))
    ]
    assert parties[0] == parties[1]


async def test_a_quick_join_that_is_given_up_leaves_no_party_to_wait_for(world: World) -> None:
    world.disk.hold()
    creating = asyncio.create_task(quick(world, "ann", create=SettingsPatch()))
    await world.disk.write_waits.wait()
    joining = asyncio.create_task(quick(world, "bob", create=SettingsPatch()))
    await asyncio.sleep(0)
    creating.cancel()
    await asyncio.gather(creating, return_exceptions=True)
    world.disk.release()
    assert code(await joining) is None


async def test_the_same_key_sent_twice_at_once_makes_one_party(world: World) -> None:
    async def ask() -> CommandResult:
        joining, creating = c.JoinParty(player("ann")), c.CreateParty(player("ann"))
        return done(await world.join_service.quick_join(joining, ANY, creating, idempotency_key=a_key()))

    first, second = await asyncio.gather(ask(), ask())
    assert (first.party.id, len(first.party.members)) == (second.party.id, 1)
    assert {first.replayed, second.replayed} == {False, True}


async def test_players_with_the_same_unique_class_do_not_share_a_new_party(world: World) -> None:
    outcomes = await asyncio.gather(
        *(
            quick(world, name, create=SettingsPatch(unique_classes=True), character_class=class_)
            for name, class_ in (("ann", "Knight"), ("bob", "Knight"), ("cid", "Mage"))
        )
    )
    assert sorted(Counter(done(outcome).party.id for outcome in outcomes).values()) == [1, 2]
