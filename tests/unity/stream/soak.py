"""The Unity package's client in bad weather: `python -m tests.unity.stream.storm --seconds 180 --seed 3`.

Two players act and watch while the network fails as in `scripts/chaos` and the server is killed every so often. In the end
what each was told is held against the party's log, and each act against its effect. Needs Mono.
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

from chaos.figures import Figures
from chaos.ports import HOST
from chaos.proxy.proxy import Proxy
from chaos.proxy.weather import Weather
from chaos.servers.cluster import SERVER
from chaos.servers.node import Node
from chaos.servers.settings import SERVER_SETTINGS
from tests.unity.mono import RUNTIME, compiled, sources
from tests.unity.stream.program import Program, running

PATIENT = {"LOBBY_GRACE_WAITING_S": "60", "LOBBY_LEADER_GRACE_S": "60", "LOBBY_GRACE_IN_PROGRESS_S": "60"}
"""Nobody loses a seat while the server is down."""
KILL_EVERY_S = 12.0
ACTS_AT_ONCE = 10


def unfaithful(told: Sequence[str], log: Sequence[str]) -> list[str]:
    """What is wrong with what a player was told, each entry being "SEQ KIND ACTOR TEXT": a gap that no snapshot stands for,
    a duplicate, an entry that is not the log's."""
    wrong: list[str] = []
    known = set(log)
    last: int | None = None
    for entry in told:
        seq, kind = int(entry.split()[0]), entry.split()[1]
        if kind == "PartySnapshot":
            if last is not None and seq < last:
                wrong.append(f"back from {last} to the snapshot {entry}")
        elif entry not in known:
            wrong.append(f"not in the log: {entry}")
        elif last is not None and seq != last + 1:
            wrong.append(f"{entry} came after {last}")
        last = seq
    return wrong


def doubled(log: Sequence[str], acts: int) -> list[str]:
    """Acts whose effect is not there exactly once, in the order in which they were done."""
    texts = [entry.split(" ", 3)[3] for entry in log if entry.split()[1] == "MessagePosted"]
    return [] if texts == [f"act {number}" for number in range(1, acts + 1)] else [f"{acts} acts, and {texts}"]


async def act_until(program: Program, until: float) -> int:
    acts = 0
    while time.monotonic() < until:
        acts = (await program.ask(f"act {ACTS_AT_ONCE}"))["acts"]
    return acts


async def kill_now_and_then(node: Node, chance: Random, until: float) -> int:
    kills = 0
    while (pause_s := KILL_EVERY_S * chance.uniform(0.5, 1.5)) < until - time.monotonic():
        await asyncio.sleep(pause_s)
        await node.kill()
        await node.start()
        await node.up()
        kills += 1
    return kills


async def storm(seconds: float, seed: int, folder: Path) -> int:
    """The exit code: 0 when nothing is wrong."""
    chance, figures = Random(seed), Figures()
    journey = sources(Path(__file__).with_name("journey"))
    program_file = compiled(folder / "Storm.exe", [*sources(RUNTIME), *journey])
    with socket.create_server((HOST, 0)) as held:
        port = held.getsockname()[1]
    settings = {**SERVER_SETTINGS, **PATIENT, "LOBBY_STORE": f"sqlite:///{folder}/lobby.db"}
    node = Node("server", port, SERVER, settings, folder / "server.log")
    proxy = Proxy([(HOST, port)], Weather(chance), chance, figures)
    async with AsyncExitStack() as stack:
        await node.start()
        stack.push_async_callback(node.kill)
        await node.up()
        await proxy.open()
        stack.push_async_callback(proxy.close)
        url = "http://{}:{}".format(*proxy.address)
        program = await stack.enter_async_context(running(program_file, url, url))
        await program.ask("gather")
        until = time.monotonic() + seconds
        acts, kills = await asyncio.gather(act_until(program, until), kill_now_and_then(node, chance, until))
        await proxy.calm()
        report = await program.ask("report")
    wrong = [f"{name}: {fault}" for name in ("ada", "bram") for fault in unfaithful(report[name], report["log"])]
    wrong += doubled(report["log"], acts)
    wrong += [f"{report['strays']} events off the main thread"] if report["strays"] else []
    snapshots = sum("PartySnapshot" in entry for name in ("ada", "bram") for entry in report[name])
    print(
        f"{acts} acts, {len(report['log'])} entries, {kills} kills, {figures.connections} connections, cut: {dict(figures.cut)}"
    )
    print(f"reconnected {report['states'].count('Reconnecting')} times (Ada), {snapshots} snapshots in both streams")
    print("\n".join(wrong) or "each entry once, in order, and each act has one effect")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with suppress(KeyboardInterrupt), TemporaryDirectory(prefix="lobby-storm-") as folder:
        return asyncio.run(storm(asked.seconds, asked.seed, Path(folder)))
    return 130


if __name__ == "__main__":
    raise SystemExit(main())
