"""Moderation: acts with their numbers, the bans and the maintenance that they change, and reports."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.model import Player
from lobby.domain.moderation import (
    Maintenance,
    ModerationEntry,
    ModerationWrite,
    PlayerBan,
    Report,
    ReportedMessage,
)
from lobby.ports import Conflict, Store
from lobby.struct import replace
from tests.lobby.stores.changes import ANA, AT, BEN, CAT, create, player
from tests.lobby.stores.home import Home

DAY_MS = 24 * 3_600_000


def entry(key: str = "k1", action: str = "banPlayer", by: str = "mia", at: int = AT) -> ModerationEntry:
    return ModerationEntry(at, by, action, key, b"print", "ben", None, "spam")


def ban(player: Player = BEN, until: int | None = None) -> PlayerBan:
    return PlayerBan(player, until, "spam", AT, "mia")


async def report(store: Store, id: str = "r1", player: Player = BEN, key: str | None = None) -> Report:
    party = await store.latest("p1") or await create(store, party_id="p1")
    message = ReportedMessage(3, AT, player, "rude")
    return Report(id, party, ANA, player, "he is rude", AT, 3, (message,), key, b"print")


async def test_acts_are_numbered_and_read_in_both_directions(store: Store) -> None:
    for number in range(1, 6):
        assert await store.moderation.record(ModerationWrite(entry(f"k{number}"))) == replace(
            entry(f"k{number}"), number=number
        )
    assert await store.moderation.last_act() == 5
    assert [act.number for act in await store.moderation.acts_after(2, 2)] == [3, 4]
    assert [act.number for act in await store.moderation.acts_before(None, 2)] == [5, 4]
    assert [act.number for act in await store.moderation.acts_before(3, 10)] == [2, 1]


async def test_an_act_happens_once_by_its_moderator_and_key(store: Store) -> None:
    first = await store.moderation.record(ModerationWrite(entry(), ban=ban()))
    with pytest.raises(Conflict):
        await store.moderation.record(ModerationWrite(entry(), unbanned="ben"))
    assert await store.moderation.ban("ben") == replace(ban(), number=1)
    assert await store.moderation.find_act("mia", "k1") == first
    assert await store.moderation.find_act("noa", "k1") is None
    await store.moderation.record(ModerationWrite(entry(by="noa")))


async def test_of_two_acts_with_one_key_at_the_same_time_one_happens(store: Store) -> None:
    writes = [store.moderation.record(ModerationWrite(entry(), ban=ban())) for _ in range(5)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert await store.moderation.last_act() == 1


async def test_a_ban_can_be_replaced_and_lifted(store: Store) -> None:
    await store.moderation.record(ModerationWrite(entry("k1"), ban=ban()))
    await store.moderation.record(ModerationWrite(entry("k2"), ban=ban(CAT, AT + 5)))
    await store.moderation.record(ModerationWrite(entry("k3"), ban=ban(BEN, AT + 9)))
    assert [(each.player, each.until, each.number) for each in await store.moderation.bans_before(None, 10)] == [
        (BEN, AT + 9, 3),
        (CAT, AT + 5, 2),
    ]
    assert [each.player for each in await store.moderation.bans_before(3, 10)] == [CAT]
    await store.moderation.record(ModerationWrite(entry("k4"), unbanned="ben"))
    assert await store.moderation.ban("ben") is None
    assert [each.player for each in await store.moderation.bans_before(None, 10)] == [CAT]


async def test_maintenance_is_set_and_ended(store: Store) -> None:
    assert await store.moderation.maintenance() is None
    maintenance = Maintenance(AT, "back soon")
    await store.moderation.record(ModerationWrite(entry("k1"), sets_maintenance=True, maintenance=maintenance))
    await store.moderation.record(ModerationWrite(entry("k2")))
    assert await store.moderation.maintenance() == maintenance
    await store.moderation.record(ModerationWrite(entry("k3"), sets_maintenance=True))
    assert await store.moderation.maintenance() is None


async def test_a_player_reports_another_once_in_a_party(store: Store) -> None:
    first = await report(store, "r1", key="k")
    assert await store.moderation.add_report(first) == first
    assert await store.moderation.add_report(await report(store, "r2", key="other")) == first
    assert await store.moderation.add_report(await report(store, "r3", CAT, key="k")) == first
    other = await report(store, "r4", CAT)
    assert await store.moderation.add_report(other) == other
    assert await store.moderation.report("r1") == first


async def test_reports_are_listed_until_they_are_resolved(store: Store) -> None:
    first, second = await report(store, "r1"), await report(store, "r2", CAT)
    for each in (first, second):
        await store.moderation.add_report(each)
    resolved = replace(first, resolved_at=AT + 1, resolution="warned")
    await store.moderation.record(ModerationWrite(entry(action="resolveReport"), resolved=resolved))
    assert list(await store.moderation.reports_before(None, 10, True)) == [second]
    assert list(await store.moderation.reports_before(None, 10, False)) == [second, resolved]
    assert list(await store.moderation.reports_before("r2", 10, False)) == [resolved]
    assert list(await store.moderation.reports_before("unknown", 10, False)) == []


async def test_moderation_outlives_the_process(home: Home) -> None:
    if home.url == "memory://":
        return
    store = await home.open()
    await store.moderation.record(ModerationWrite(entry("k1"), ban=ban()))
    await store.moderation.add_report(await report(store))
    await store.close()
    store = await home.open()
    assert (await store.moderation.ban("ben"), await store.moderation.last_act()) == (replace(ban(), number=1), 1)
    assert await store.moderation.report("r1") == await report(store)
    await store.close()


async def test_a_sweep_drops_what_is_over(store: Store, home: Home) -> None:
    await store.moderation.record(ModerationWrite(entry("k1"), ban=ban(BEN, AT + 5)))
    first = await store.moderation.add_report(await report(store, "r1"))
    await store.moderation.record(ModerationWrite(entry("k0", by="noa"), resolved=replace(first, resolved_at=AT)))
    await store.moderation.add_report(await report(store, "r2", CAT))
    await store.moderation.record(ModerationWrite(entry("k2", at=AT + 2 * DAY_MS), ban=ban(CAT)))
    await store.sweep(AT + home.retention.moderation_ms + DAY_MS)
    assert [each.player for each in await store.moderation.bans_before(None, 10)] == [CAT]
    assert [act.number for act in await store.moderation.acts_after(0, 10)] == [3]
    assert await store.moderation.find_act("mia", "k1") is None
    assert [each.id for each in await store.moderation.reports_before(None, 10, False)] == ["r2"]
    assert (await store.moderation.record(ModerationWrite(entry("k1")))).number == 4


async def test_the_oldest_reports_go_beyond_a_number(home: Home) -> None:
    home.retention = replace(home.retention, reports_max=3)
    store = await home.open()
    for number in range(5):
        await store.moderation.add_report(await report(store, f"r{number}", player(f"p{number}")))
    await store.moderation.sweep(AT)
    assert [each.id for each in await store.moderation.reports_before(None, 10, True)] == ["r4", "r3", "r2"]
    again = await store.moderation.add_report(await report(store, "r5", player("p0")))
    assert again.id == "r5", "the subject of a report that has gone is free"
    await store.close()


async def test_resolved_reports_go_though_older_ones_wait(store: Store, home: Home) -> None:
    await store.moderation.add_report(await report(store, "waits", BEN))
    resolved = await store.moderation.add_report(await report(store, "r1", CAT))
    await store.moderation.record(ModerationWrite(entry("k1"), resolved=replace(resolved, resolved_at=AT)))
    await store.moderation.sweep(AT + home.retention.moderation_ms + 1)
    assert [each.id for each in await store.moderation.reports_before(None, 10, False)] == ["waits"]


async def test_an_erased_player_is_in_no_act_ban_or_report(store: Store) -> None:
    await store.moderation.record(ModerationWrite(entry("k1"), ban=ban(BEN)))
    await store.moderation.add_report(await report(store, "r1", BEN))
    about_cat = replace(await report(store, "r2", CAT), reporter=BEN)
    await store.moderation.add_report(about_cat)
    await store.moderation.erase("ben", "someone")
    assert await store.moderation.ban("ben") is None
    assert [(act.player_id, act.detail) for act in await store.moderation.acts_after(0, 10)] in (
        [[("someone", "spam")], [(None, "spam")]]
    )
    reports = await store.moderation.reports_before(None, 10, False)
    assert [(each.id, each.reporter.id, each.reporter.display_name) for each in reports] == [
        ("r2", "someone", "Erased player")
    ]
    assert reports[0].messages == about_cat.messages


async def test_the_device_of_a_guest_is_kept_for_its_time(store: Store, home: Home) -> None:
    later = 10**13
    await store.moderation.remember_device("ana", "one", later)
    await store.moderation.remember_device("ben", "two", later)
    await store.moderation.remember_device("ben", "three", later)
    assert [await store.moderation.device_of(each) for each in ("ana", "ben", "cat")] == ["one", "three", None]
    await store.moderation.erase("ben", "someone")
    await store.moderation.sweep(AT)
    assert [await store.moderation.device_of(each) for each in ("ana", "ben")] == ["one", None]
    await store.moderation.record(ModerationWrite(entry("device"), ban=replace(ban(ANA), device="one")))
    found = await store.moderation.ban("ana")
    assert found is not None
    assert found.device == "one"
    await store.moderation.remember_device("cat", "four", 1)
    await store.moderation.sweep(AT)
    assert await store.moderation.device_of("cat") is None
