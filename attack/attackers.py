"""The attackers, in a process of their own that gives way to good clients."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from attack.arena import Arena
from attack.attacks import ALL
from attack.cores import give_way
from attack.outcome import Outcome

BY_NAME = {attack.name: attack for attack in ALL}


class Attackers:
    """They stay from one attack to the next, so that an attack begins at once."""

    def __init__(self, processes: ProcessPoolExecutor) -> None:
        self._processes = processes

    async def make(self, name: str, arena: Arena) -> Outcome:
        """What comes of the attack of that name."""
        return await asyncio.get_running_loop().run_in_executor(self._processes, _made, name, arena)


@contextmanager
def attackers(most: int) -> Iterator[Attackers]:
    """`most`: connections of one attack."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, fresh, initializer=_begin, initargs=(4 * most + 200,)) as processes:
        yield Attackers(processes)


def _begin(descriptors: int) -> None:
    give_way()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, descriptors)), hard))


def _made(name: str, arena: Arena) -> Outcome:
    return asyncio.run(BY_NAME[name].run(arena))
