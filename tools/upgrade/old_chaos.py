"""The chaos test of release 0.1.0, which replaces its servers one after another by servers of another version.

This file runs with the code of the old release: its folder comes first in the path of imports. It changes those parts of the
old test that would be wrong for the new servers, and no others; the code of a release does not change any more. Usage:
`python old_chaos.py ROOT_OF_THE_NEW_CODE OPTIONS_OF_THE_OLD_CHAOS_TEST`
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

NEW_ROOT = Path(sys.argv.pop(1))
DUMP_WAIT_S = 60
NEW_CURSOR = re.compile(r"^([0-9a-z]+)-[0-9a-f]+(\.[0-9]+)$")
"""A cursor of 0.2.0 also has the time of its entry, by which a node knows an entry that took the place of a lost one."""
SETTINGS_OF_THE_UPGRADE = {"LOBBY_PLAYERS_HOST": "false"}
"""The settings of docs/upgrade.md for the time in which servers of both versions run."""
replaced: list[str] = []
"""The servers that were replaced."""


def old(module: str) -> Any:
    """A module of the old release."""
    return import_module(module)


class Replacer:
    """Stands in for the old test's `Killer`: one server after another ends, and one of the new version takes its place.

    With several servers every second one is killed, the others are asked to stop. The first one is replaced after a quarter of
    the time, the last one after three quarters.
    """

    def __init__(
        self, cluster: Any, every_s: float, next_request: Any, chance: Any, figures: Any, evidence: Any
    ) -> None:
        self._nodes = cluster.nodes
        self._figures = figures
        self._evidence = evidence

    async def run(self, until: float) -> None:
        """Return at `until` of the monotonic clock, when all servers are new ones and up."""
        pause_s = (until - time.monotonic()) / 2 / max(1, len(self._nodes) - 1)
        await asyncio.sleep((until - time.monotonic()) / 4)
        for number, node in enumerate(self._nodes):
            if number:
                await asyncio.sleep(pause_s)
            await self._replace(node, is_killed=number % 2 == 1)
        await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def _replace(self, node: Any, is_killed: bool) -> None:
        if is_killed:
            self._figures.kills += 1
            await node.kill()
        else:
            self._figures.terminations += 1
            code = await node.stop()
            if code != 0:
                self._evidence.fault(f"{node.name} of the old version ended with exit code {code} after SIGTERM")
        node._command = (sys.executable, str(NEW_ROOT / "server.py"))
        node._environment |= SETTINGS_OF_THE_UPGRADE
        began_at = time.monotonic()
        await node.start()
        await node.up()
        self._figures.restart_s.append(time.monotonic() - began_at)
        replaced.append(node.name)


def with_old_cursors(value: Any) -> Any:
    """The value with its cursors in the form of the old release."""
    if isinstance(value, dict):
        return {name: with_old_cursors(part) for name, part in value.items()}
    if isinstance(value, list):
        return [with_old_cursors(part) for part in value]
    return NEW_CURSOR.sub(r"\1\2", value) if isinstance(value, str) else value


def compare_cursors_in_the_old_form() -> None:
    """Players send cursors as they got them. Only what is compared afterwards has the old form."""
    contents = old("chaos.evidence.contents").Contents
    keep = contents.keep
    contents.keep = lambda self, value: keep(self, with_old_cursors(value))


def allow_snapshots_for_new_cursors() -> None:
    """An old server cannot read the cursor of a new server, and acts as if the client had sent no cursor: it sends a snapshot
    in place of the events since, or NOT_FOUND to a player who has left the party since."""
    check, ending = old("chaos.checks.streams").StreamCheck, old("chaos.evidence.stays").Ending
    may_skip, ended = check._may_skip, check._ended
    check._may_skip = lambda self, seen, at, reason: reason == "CURSOR_EXPIRED" or may_skip(self, seen, at, reason)
    check._ended = lambda self, head: () if self._stay.ending is ending.REFUSED else ended(self, head)


def take_teams_for_a_part_of_the_settings() -> None:
    """With game type PVP, a new server assigns teams to all members in the command that changes the settings."""
    deeds, events = old("chaos.truth.deeds"), old("lobby.domain.events")
    is_part = deeds._is_part_of_leaving

    def is_part_of_another(log: Any, entry: Any) -> bool:
        before = deeds._same_command(log, entry, entry.seq - 1)
        assigns_team = isinstance(entry.event, events.MemberUpdated) and deeds._is_event(
            before, events.SettingsChanged | events.MemberUpdated
        )
        return bool(assigns_team or is_part(log, entry))

    deeds._is_part_of_leaving = is_part_of_another


def read_by_the_new_version() -> None:
    """The old release can't open a file that the new one has brought up to date."""
    run, reading = old("chaos.run"), old("chaos.truth.reading")

    async def read_logs(url: str, party_ids: Iterable[str]) -> Any:
        command = [sys.executable, "-m", "tools.upgrade.dump_logs", url, *party_ids]
        dump = await asyncio.create_subprocess_exec(*command, cwd=NEW_ROOT, env={}, stdout=asyncio.subprocess.PIPE)
        lines, _ = await asyncio.wait_for(dump.communicate(), DUMP_WAIT_S)
        if dump.returncode != 0:
            raise RuntimeError(f"the new version can't read {url}")
        found = reading.Reading()
        for line in lines.splitlines():
            _add_party(found, json.loads(line))
        return found

    run.read_logs = read_logs


def _add_party(found: Any, party: Any) -> None:
    codec, logs, folds = old("lobby.stores.codec"), old("chaos.truth.logs"), old("chaos.checks.folds")
    entry_type = old("lobby.domain.events").Entry
    kept = [
        entry_type(seq, at, actor, codec.read_event(kind, json.dumps(event)), codec.read_party(json.dumps(after)))
        for seq, at, actor, kind, event, after in party["entries"]
    ]
    if not kept:
        return
    log = logs.Log.folded(party["id"], kept)
    found.logs[party["id"]] = log
    state = codec.read_party(json.dumps(party["state"])) if party["state"] is not None else None
    found.violations += folds.wrong_folds(log, kept, state)


def main() -> int:
    old("chaos.run").Killer = Replacer
    compare_cursors_in_the_old_form()
    if any(argument.startswith("--store=") for argument in sys.argv):
        allow_snapshots_for_new_cursors()  # one server alone never gets a cursor of a newer one
    take_teams_for_a_part_of_the_settings()
    read_by_the_new_version()
    code: int = old("chaos.__main__").main()
    print(f"replaced          {', '.join(replaced)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
