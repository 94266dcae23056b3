"""One run, from the start of the servers to the verdict."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tools.chaos.checks.judge import CheckLimits, Verdict, judge
from tools.chaos.checks.server_logs import bad_lines
from tools.chaos.deployments import Deployment, StoreFaultInjector, create_deployment
from tools.chaos.evidence import Evidence
from tools.chaos.expected_state.events import event_label
from tools.chaos.expected_state.failover_loss import FailoverLoss, find_failover_loss
from tools.chaos.expected_state.histories import Histories, History
from tools.chaos.expected_state.logs import Logs, read_logs
from tools.chaos.figures import Figures
from tools.chaos.json_value import Json
from tools.chaos.maintenance import (
    LEEWAY_MS,
    LEEWAY_OF_CUT_NODES_MS,
    MaintenanceInjector,
    check_maintenances,
    ended_sessions,
    moderator_key,
)
from tools.chaos.plan import CALLS, CLOCK, MAINTENANCE, RESTORE, SKEW, STORE, Plan, random_for
from tools.chaos.players.bystander import Bystander
from tools.chaos.players.context import KnownParties, RunContext
from tools.chaos.players.player import Player
from tools.chaos.players.retrying_client import NotFound
from tools.chaos.players.runner import Runner
from tools.chaos.proxy.network_faults import NetworkFaults
from tools.chaos.proxy.proxy import Proxy
from tools.chaos.servers.backups import StoreFile
from tools.chaos.servers.cluster import CHECK_LIMITS, GRACE_IN_PROGRESS_S, ROOT, SERVER_SETTINGS, Cluster
from tools.chaos.servers.fault_injector import RunRecords, ServerFaultInjector
from tools.chaos.valkey.call_faults import CallFaults
from tools.chaos.violation import Violation
from web.graphql.execution.client_documents import client_documents

LAST_ANSWERS_WAIT_S = 180.0
"""The bound for the answers to the last mutations, after the time of the plan. A server may take 120 s to start."""
QUIET_S = GRACE_IN_PROGRESS_S + 2.0
"""After this time every player who does not come back has timed out, and all others are connected."""
CATCH_UP_S = 15.0
LOOK_EVERY_S = 0.05
ASK_EVERY_S = 0.5
SETTLE_WAIT_S = 180.0
"""The bound for everything between the end of the faults and the stop of the servers."""
SKEWS_S = (0.0, 25.0, -25.0)
"""The offsets of the clocks of the nodes, by node."""
NODES_LEEWAY_MS = 1_000
"""Nodes go by the clock of the Valkey, and read it with each heartbeat."""
HISTORIES_MAX = 10
"""The number of closed parties whose histories each player reads."""


@dataclass(slots=True)
class Run:
    """`phase` and `figures` can be read while the run goes on."""

    plan: Plan
    phase: str = "starting the servers"
    figures: Figures = field(default_factory=Figures)
    evidence: Evidence = field(default_factory=Evidence)
    events: Counter[str] = field(default_factory=Counter)
    """The entries of all logs, by event."""
    parties: int = 0
    failover_loss: FailoverLoss = field(default_factory=FailoverLoss)
    lost_entries: int = 0
    """The number of entries in the lost tails of restores."""
    store_file: StoreFile | None = None
    _call_faults: CallFaults = field(init=False)
    _moderator_key: str = ""

    async def execute(self) -> Verdict:
        """Raises `NotUp` if a server cannot be started."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        self._call_faults = CallFaults(random_for(self.plan.seed, "calls"), self.figures.call_faults)
        call_faults = self._call_faults if CALLS in self.plan.faults else None
        deployment = create_deployment(self.plan.store, self.plan.nodes, self.plan.folder, call_faults)
        try:
            await deployment.open()
            cluster = await self._run_servers(deployment)
            self.phase = "checking"
            return await self._judge(cluster, deployment)
        finally:
            await self._call_faults.stop()
            await deployment.close()

    async def _run_servers(self, deployment: Deployment) -> Cluster:
        """Start servers, let players play, and return when the servers are down."""
        stores = [deployment.store_url(node) for node in range(self.plan.nodes)]
        if RESTORE in self.plan.faults:
            self.store_file = StoreFile(self.plan.store_path, self.plan.folder / "restores")
        self._moderator_key, settings = moderator_key()
        cluster = Cluster.create(
            stores,
            self.plan.folder,
            settings={**SERVER_SETTINGS, **settings},
            clock_offsets_s=self._clock_offsets_s(),
            start_process=self.plan.start_process,
        )
        try:
            await cluster.start()
            await self._play(cluster, deployment)
        finally:
            await cluster.kill()
        return cluster

    async def _play(self, cluster: Cluster, deployment: Deployment) -> None:
        seed = self.plan.seed
        network = NetworkFaults(random_for(seed, "network"))
        proxy = Proxy(cluster.addresses, network, random_for(seed, "proxy"), self.figures)
        await proxy.open()
        context = self._context(proxy, deployment)
        players: list[Player] = []
        try:
            async with asyncio.TaskGroup() as tasks:
                players += [Player(context, number + 1, tasks) for number in range(self.plan.players)]
                if self.plan.nodes > 1:
                    players.append(Bystander(context, self.plan.players + 1, tasks, cluster.nodes))
                maintenances = self._maintenances(cluster) if MAINTENANCE in self.plan.faults else None
                if maintenances is not None:
                    players.append(Runner(context, self.plan.players + 2, tasks, lambda: maintenances.is_in_force))
                await self._run_chaos(cluster, deployment, proxy, players, maintenances)
                context.is_calm.set()
                await self._call_faults.stop()
                await proxy.stop_faults()
                await self._settle(players)
                await self._stop(cluster)
                raise _Finished
        except* _Finished:
            pass
        finally:
            await proxy.close()
        for player in players:
            await player.close()

    async def _run_chaos(
        self,
        cluster: Cluster,
        deployment: Deployment,
        proxy: Proxy,
        players: Sequence[Player],
        maintenances: MaintenanceInjector | None,
    ) -> None:
        """Play under faults until the time is over, all servers are up and every mutation is answered."""
        self.phase = "playing"
        until = time.monotonic() + self.plan.seconds
        server_faults = ServerFaultInjector(
            cluster,
            self.plan.kill_every_s,
            self.plan.faults,
            proxy.next_request,
            random_for(self.plan.seed, "killer"),
            RunRecords(self.figures, self.evidence),
            self.store_file,
        )
        injector = StoreFaultInjector(
            deployment.store_faults() if STORE in self.plan.faults else (),
            self.plan.store_fault_every_s,
            random_for(self.plan.seed, "store faults"),
            self.figures,
        )
        try:
            async with asyncio.timeout(self.plan.seconds + LAST_ANSWERS_WAIT_S), asyncio.TaskGroup() as tasks:
                tasks.create_task(server_faults.run(until))
                tasks.create_task(injector.run(until))
                if maintenances is not None:
                    tasks.create_task(maintenances.run(until))
                for player in players:
                    tasks.create_task(player.play(until))
        except TimeoutError:
            self.evidence.record_failure(f"mutations had no answer {LAST_ANSWERS_WAIT_S:g} s after the end")

    def _maintenances(self, cluster: Cluster) -> MaintenanceInjector:
        documents = client_documents(ROOT / "client_queries") | client_documents(ROOT / "client_queries/moderator")
        is_cut_off = STORE in self.plan.faults and self.plan.store is not None
        return MaintenanceInjector(
            cluster,
            self._moderator_key,
            documents,
            random_for(self.plan.seed, "maintenance"),
            self.figures,
            self.evidence,
            LEEWAY_OF_CUT_NODES_MS if is_cut_off else LEEWAY_MS,
        )

    async def _settle(self, players: Sequence[Player]) -> None:
        """Let every open stream reach the head of its log, and read the histories."""
        self.phase = "catching up"
        try:
            async with asyncio.timeout(SETTLE_WAIT_S):
                await asyncio.sleep(QUIET_S)
                for party in await _wait_connected(players):
                    _note_head(party, self.evidence)
                await _wait_caught_up(players, self.evidence)
                await asyncio.gather(*(_read_histories(player, self.evidence) for player in players))
        except TimeoutError:
            self.evidence.record_failure(f"the players did not catch up within {SETTLE_WAIT_S:g} s")

    async def _stop(self, cluster: Cluster) -> None:
        """Stop the servers by SIGTERM while all players still follow."""
        self.phase = "stopping the servers"
        for node in cluster.nodes:
            code = await node.stop()
            if code != 0:
                self.evidence.record_failure(f"{node.name} was asked to stop at the end, and exited with code {code}")

    async def _judge(self, cluster: Cluster, deployment: Deployment) -> Verdict:
        histories, violations = await self._read_histories(deployment)
        logs = histories.latest
        self.parties, self.lost_entries = len(logs), histories.lost_entries()
        self.events.update(event_label(entry.event) for log in logs.values() for entry in log.entries)
        verdict = judge(self.evidence, histories, self._check_limits())
        verdict.violations += violations
        verdict.violations += _check_server_logs(cluster)
        verdict.violations += check_maintenances(logs.values(), self.figures.maintenances)
        self.figures.ended_in_maintenance = ended_sessions(logs.values(), self.figures.maintenances)
        self.failover_loss = await find_failover_loss(deployment.dead_primaries, deployment.direct_url)
        verdict.excuse(self.failover_loss.party_ids, self.failover_loss.actor_ids)
        return verdict

    async def _read_histories(self, deployment: Deployment) -> tuple[Histories, list[Violation]]:
        """The logs before each restore and at the end, and what is wrong with the states beside them."""
        each: list[History] = []
        violations: list[Violation] = []
        closed: Logs = {}
        for path, backup in self.store_file.lost if self.store_file is not None else ():
            stored = await read_logs(f"sqlite:///{path.absolute()}", (), closed)
            each.append(History(stored.logs, backup))
            violations += stored.violations
            closed = {id: log for id, log in stored.logs.items() if id in backup.closed_ids}
        party_ids = self.evidence.party_ids() if not each else ()
        stored = await read_logs(deployment.direct_url, party_ids, closed)
        each.append(History(stored.logs))
        return Histories(each), [*violations, *stored.violations]

    def _clock_offsets_s(self) -> list[float] | None:
        """The offset of the clock of each server; None if all use the clock of the machine."""
        if SKEW in self.plan.faults:
            return [SKEWS_S[node % len(SKEWS_S)] for node in range(self.plan.nodes)]
        return [0.0] * self.plan.nodes if CLOCK in self.plan.faults else None

    def _check_limits(self) -> CheckLimits:
        return replace(CHECK_LIMITS, clock_leeway_ms=NODES_LEEWAY_MS if self.plan.nodes > 1 else 0)

    def _context(self, proxy: Proxy, deployment: Deployment) -> RunContext:
        return RunContext(
            proxy.address,
            client_documents(ROOT / "client_queries"),
            self.evidence,
            self.figures,
            KnownParties(self.plan.parties),
            self.plan.seed,
            self.plan.actions_per_s,
            deployment.loses_tails,
        )


class _Finished(Exception):
    """Ends a task group whose tasks would follow for ever."""


async def _wait_connected(players: Sequence[Player]) -> list[Json]:
    """The parties of the players, once all members are connected, or after `CATCH_UP_S`."""
    parties: list[Json] = []
    for _ in range(round(CATCH_UP_S / ASK_EVERY_S)):
        found = await asyncio.gather(*(player.refresh_party() for player in players))
        parties = list({party["id"]: party for party in found if party is not None}.values())
        if not any(_disconnected_ids(party) for party in parties):
            break
        await asyncio.sleep(ASK_EVERY_S)
    return parties


def _disconnected_ids(party: Json) -> list[str]:
    return [member["player"]["id"] for member in party["members"] if member["connection"] != "CONNECTED"]


def _note_head(party: Json, evidence: Evidence) -> None:
    evidence.heads[party["id"]] = party["version"]
    for player_id in _disconnected_ids(party):
        evidence.record_failure(f"{player_id} follows party {party['id']}, and is shown as disconnected")


async def _wait_caught_up(players: Sequence[Player], evidence: Evidence) -> None:
    """Wait up to `CATCH_UP_S`; the checks find the streams that have not caught up then."""
    for _ in range(round(CATCH_UP_S / LOOK_EVERY_S)):
        if all(_has_caught_up(player, evidence) for player in players):
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _has_caught_up(player: Player, evidence: Evidence) -> bool:
    return all(
        follower.applied >= evidence.heads.get(party_id, 0)
        for device in player.devices
        for party_id, follower in device.followers.items()
    )


async def _read_histories(player: Player, evidence: Evidence) -> None:
    """Read the history of the party of `player`, and of the parties that were closed while it was a member."""
    current = [(player.party["id"], evidence.era)] if player.party is not None else []
    for party_id, era in [*current, *player.closed_parties[-HISTORIES_MAX:]]:
        try:
            await player.read_history(party_id)
        except NotFound:
            if era < evidence.era:
                continue  # a restore may have taken the player out of the party
            evidence.record_failure(f"{player.player_id} was in party {party_id}, and may not read its history")


def _check_server_logs(cluster: Cluster) -> list[Violation]:
    found: list[Violation] = []
    for node in cluster.nodes:
        with node.log.open(encoding="utf-8", errors="replace") as lines:
            found += bad_lines(node.log.name, lines, may_not_start=node.supervised)
    return found
