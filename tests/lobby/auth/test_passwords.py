"""Hashes of passwords: salted, memory-hard, outside the event loop, and with a bounded queue."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from lobby.auth.passwords import Passwords
from lobby.ports import Unavailable


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(waiting_max=2)
    yield passwords
    passwords.close()


async def test_the_right_password_matches_its_hash_and_no_other_does(passwords: Passwords) -> None:
    hashed = await passwords.hash("sesame")
    assert [await passwords.matches(each, hashed) for each in ("sesame", "Sesame", "sesame ", "")] == [
        True,
        False,
        False,
        False,
    ]


async def test_hashes_of_the_same_password_differ(passwords: Passwords) -> None:
    assert await passwords.hash("sesame") != await passwords.hash("sesame")


async def test_the_hash_is_memory_hard(passwords: Passwords) -> None:
    _, kind, _, parameters, _, _ = (await passwords.hash("sesame")).split("$")
    assert (kind, parameters) == ("argon2id", "m=19456,t=2,p=1")


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's own")
async def test_the_hashing_thread_has_a_lower_priority(passwords: Passwords) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    await passwords.hash("sesame")

    nices = {each.name: os.getpriority(os.PRIO_PROCESS, each.native_id or 0) for each in threading.enumerate()}
    assert usual < max(nice for name, nice in nices.items() if name.startswith("passwords"))
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == usual


async def test_the_event_loop_runs_during_a_hash(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("sesame"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 2


async def test_a_password_above_the_queue_is_unavailable_and_can_be_retried(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.hash("sesame")) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await passwords.hash("sesame")
    await asyncio.gather(*waiting)
    assert await passwords.hash("sesame")


async def test_a_cancelled_caller_frees_its_place_in_the_queue(passwords: Passwords) -> None:
    waiting = [asyncio.create_task(passwords.hash("sesame")) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    assert await passwords.hash("sesame")


async def test_joins_do_not_wait_behind_new_passwords() -> None:
    passwords = Passwords(waiting_max=8)
    hashed = await passwords.hash("sesame")
    done: list[str] = []

    async def run(kind: str) -> None:
        await (passwords.hash("sesame") if kind == "new" else passwords.matches("sesame", hashed))
        done.append(kind)

    await asyncio.gather(*map(run, ["new"] * 8 + ["join"] * 3))
    passwords.close()
    assert done[:6] == ["new", "join"] * 3


async def test_a_full_queue_of_new_passwords_leaves_room_for_joins(passwords: Passwords) -> None:
    hashed = await passwords.hash("sesame")
    waiting = [asyncio.create_task(passwords.hash("sesame")) for _ in range(2)]
    await asyncio.sleep(0)
    assert await passwords.matches("sesame", hashed)
    await asyncio.gather(*waiting)
