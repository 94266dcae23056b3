"""Identities: an account elsewhere belongs to the same player for ever, and each player has a bounded number of them."""

from __future__ import annotations

import asyncio

import pytest

from lobby.domain.identities import Identity
from lobby.domain.values import PlayerId
from lobby.ports import Conflict, IdempotencyRecord, Store
from tests.lobby.stores.changes import AT
from tests.lobby.stores.home import Home

COUNT_MAX = 3


def account(subject: str, player_id: PlayerId = "ana", provider: str = "discord", at: int = AT) -> Identity:
    return Identity(provider, subject, player_id, at, "Ana" if player_id == "ana" else None)


def record_of(player_id: PlayerId, key: str = "key") -> IdempotencyRecord:
    return IdempotencyRecord(player_id, key, b"input", "", 0, AT)


async def link(store: Store, *identities: Identity) -> None:
    for identity in identities:
        await store.link_identity(identity, COUNT_MAX)


async def test_an_identity_is_read_as_it_was_linked(store: Store) -> None:
    mine, other = account("1"), account("1", provider="https://issuer.test", at=AT + 1)
    await link(store, mine, other, account("2", "ben"))
    assert await store.identity("discord", "1") == mine
    assert await store.identity("discord", "3") is None
    assert list(await store.identities_of("ana")) == [mine, other]
    assert [found.subject for found in await store.identities_of("ben")] == ["2"]
    assert list(await store.identities_of("cat")) == []


async def test_an_account_of_another_player_is_a_conflict_that_leaves_no_trace(store: Store) -> None:
    await link(store, account("1"))
    with pytest.raises(Conflict):
        await store.link_identity(account("1", "ben"), COUNT_MAX, record_of("ben"))
    assert await store.identity("discord", "1") == account("1")
    assert list(await store.identities_of("ben")) == []
    assert await store.find_idempotency_record("ben", "key") is None


async def test_linking_once_more_changes_nothing_but_keeps_the_record(store: Store) -> None:
    await link(store, account("1"))
    await store.link_identity(account("1", at=AT + 5), COUNT_MAX, record_of("ana"))
    assert list(await store.identities_of("ana")) == [account("1")]
    assert await store.find_idempotency_record("ana", "key") == record_of("ana")
    with pytest.raises(Conflict):
        await store.link_identity(account("2"), COUNT_MAX, record_of("ana"))
    assert await store.identity("discord", "2") is None


async def test_a_player_has_a_bounded_number(store: Store) -> None:
    await link(store, *(account(str(number), at=AT + number) for number in range(COUNT_MAX)))
    with pytest.raises(Conflict):
        await store.link_identity(account("one more"), COUNT_MAX, record_of("ana"))
    assert len(await store.identities_of("ana")) == COUNT_MAX
    assert await store.find_idempotency_record("ana", "key") is None
    await link(store, account("one more", "ben"))


async def test_of_many_players_at_once_one_gets_the_account(store: Store) -> None:
    rivals = [store.link_identity(account("1", f"p{number}"), COUNT_MAX) for number in range(8)]
    outcomes = await asyncio.gather(*rivals, return_exceptions=True)
    assert [Conflict] * 7 == [type(outcome) for outcome in outcomes if outcome is not None]
    (winner,) = [f"p{number}" for number, outcome in enumerate(outcomes) if outcome is None]
    identity = await store.identity("discord", "1")
    assert identity is not None
    assert identity.player_id == winner
    for number in range(8):
        assert len(await store.identities_of(f"p{number}")) == (f"p{number}" == winner)


async def test_many_links_of_one_player_at_once_keep_the_bound(store: Store) -> None:
    links = [store.link_identity(account(str(number)), COUNT_MAX) for number in range(8)]
    await asyncio.gather(*links, return_exceptions=True)
    assert 1 <= len(await store.identities_of("ana")) <= COUNT_MAX


async def test_an_erased_player_has_none_and_the_account_is_free(store: Store) -> None:
    await link(store, account("1"), account("2"), account("3", "ben"))
    assert await store.unlink_identities("ana") == 2
    assert list(await store.identities_of("ana")) == []
    assert await store.identity("discord", "1") is None
    assert await store.identity("discord", "3") == account("3", "ben")
    assert await store.unlink_identities("ana") == 0


async def test_identities_outlive_a_restart(home: Home) -> None:
    store = await home.open()
    await store.link_identity(account("1"), COUNT_MAX, record_of("ana"))
    await store.close()
    store = await home.open()
    is_kept = home.url != "memory://"
    assert await store.identity("discord", "1") == (account("1") if is_kept else None)
    assert len(await store.identities_of("ana")) == is_kept
    assert (await store.find_idempotency_record("ana", "key") is not None) is is_kept
    await store.close()
