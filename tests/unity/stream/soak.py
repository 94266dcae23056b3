"""A soak test of the Unity package: `python -m tests.unity.stream.soak --seconds 180 --seed 3`.

Two players act and follow their party while network faults happen as in `scripts/chaos` and the server is killed from time to
time. At the end the program compares each player's events with the party's log, and each act with its effect. Needs Mono.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.unity.mono import RUNTIME, compile_csharp, sources
from tests.unity.stream.program import Program, start_program
from tools.chaos.figures import Figures
from tools.chaos.ports import HOST
from tools.chaos.proxy.network_faults import NetworkFaults
from tools.chaos.proxy.proxy import Proxy
from tools.chaos.servers.cluster import SERVER, SERVER_SETTINGS
from tools.chaos.servers.node import Node

LONG_GRACES = {"LOBBY_GRACE_WAITING_S": "60", "LOBBY_LEADER_GRACE_S": "60", "LOBBY_GRACE_IN_PROGRESS_S": "60"}
"""No player loses the seat while the server is down."""
KILL_EVERY_S = 12.0
ACTS_AT_ONCE = 10


def stream_faults(received: Sequence[str], log: Sequence[str]) -> list[str]:
    """Faults of the events that a player received, each as "SEQ KIND ACTOR TEXT": a gap without a snapshot, a repeated entry,
    an entry that is not in the log."""
    faults: list[str] = []
    known = set(log)
    last: int | None = None
    for entry in received:
        seq, kind = int(entry.split()[0]), entry.split()[1]
        if kind == "PartySnapshot":
            if last is not None and seq < last:
                faults.append(f"back from {last} to the snapshot {entry}")
        elif entry not in known:
            faults.append(f"not in the log: {entry}")
        elif last is not None and seq != last + 1:
            faults.append(f"{entry} came after {last}")
        last = seq
    return faults


def effect_faults(log: Sequence[str], acts: int) -> list[str]:
    """A fault if the log does not have the effect of each act exactly once and in order."""
    texts = [entry.split(" ", 3)[3] for entry in log if entry.split()[1] == "MessagePosted"]
    return [] if texts == [f"act {number}" for number in range(1, acts + 1)] else [f"{acts} acts, and {texts}"]


async def act_until(program: Program, until: float) -> int:
    acts = 0
    while time.monotonic() < until:
        acts = (await program.send(f"act {ACTS_AT_ONCE}"))["acts"]
    return acts


async def kill_repeatedly(node: Node, random: Random, until: float) -> int:
    kills = 0
    while (pause_s := KILL_EVERY_S * random.uniform(0.5, 1.5)) < until - time.monotonic():
        await asyncio.sleep(pause_s)
        await node.kill()
        await node.start()
        await node.wait_up()
        kills += 1
    return kills


async def soak(seconds: float, seed: int, folder: Path) -> int:
    """The exit code: 0 without faults."""
    random, figures = Random(seed), Figures()
    journey = sources(Path(__file__).with_name("journey"))
    program_file = compile_csharp(folder / "Storm.exe", [*sources(RUNTIME), *journey])
    with socket.create_server((HOST, 0)) as held:
        port = held.getsockname()[1]
    settings = {**SERVER_SETTINGS, **LONG_GRACES, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"}
    node = Node("server", port, SERVER, settings, folder / "server.log")
    proxy = Proxy([(HOST, port)], NetworkFaults(random), random, figures)
    async with AsyncExitStack() as stack:
        await node.start()
        stack.push_async_callback(node.kill)
        await node.wait_up()
        await proxy.open()
        stack.push_async_callback(proxy.close)
        url = "http://{}:{}".format(*proxy.address)
        program = await stack.enter_async_context(start_program(program_file, url, url))
        await program.send("gather")
        until = time.monotonic() + seconds
        acts, kills = await asyncio.gather(act_until(program, until), kill_repeatedly(node, random, until))
        await proxy.stop_faults()
        report = await program.send("report")
    faults = [f"{name}: {fault}" for name in ("ada", "bram") for fault in stream_faults(report[name], report["log"])]
    faults += effect_faults(report["log"], acts)
    faults += [f"{report['strays']} events off the main thread"] if report["strays"] else []
    snapshots = sum("PartySnapshot" in entry for name in ("ada", "bram") for entry in report[name])
    print(
        f"{acts} acts, {len(report['log'])} entries, {kills} kills, {figures.connections} connections, cut: {dict(figures.cut)}"
    )
    print(f"reconnected {report['states'].count('Reconnecting')} times (Ada), {snapshots} snapshots in both streams")
    print("\n".join(faults) or "each entry once, in order, and each act has one effect")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt), TemporaryDirectory(prefix="lobby-storm-") as folder:
        return asyncio.run(soak(arguments.seconds, arguments.seed, Path(folder)))
    return 130


if __name__ == "__main__":
    raise SystemExit(main())
