"""Moderation in memory, for the memory store. All is lost when the process ends."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain.moderation import Maintenance, ModerationEntry, ModerationWrite, PlayerBan, Report
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Conflict, Retention
from lobby.stores.codec import to_json
from lobby.stores.erasure import erase_value, find_names
from lobby.struct import replace

ACTS_MAX = 100_000
"""The oldest acts beyond this number are dropped."""


class MemoryModeration:
    """See `lobby.ports.moderation.Moderation`."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._acts: dict[int, ModerationEntry] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._bans: dict[PlayerId, PlayerBan] = {}
        """The latest comes last."""
        self._maintenance: Maintenance | None = None
        self._reports: dict[str, Report] = {}
        self._last = 0
        self._devices: dict[PlayerId, tuple[str, Instant]] = {}

    async def record(self, write: ModerationWrite) -> ModerationEntry:
        place = write.entry.by, write.entry.key
        if place in self._keys:
            raise Conflict("an act has this key")
        self._last += 1
        entry = replace(write.entry, number=self._last)
        self._acts[self._last] = entry
        self._keys[place] = self._last
        if write.ban is not None:
            self._bans.pop(write.ban.player.id, None)
            self._bans[write.ban.player.id] = replace(write.ban, number=self._last)
        if write.unbanned is not None:
            self._bans.pop(write.unbanned, None)
        if write.sets_maintenance:
            self._maintenance = write.maintenance
        if write.resolved is not None and write.resolved.id in self._reports:
            self._reports[write.resolved.id] = write.resolved
        return entry

    async def find_act(self, by: str, key: str) -> ModerationEntry | None:
        return self._acts.get(self._keys.get((by, key), 0))

    async def last_act(self) -> int:
        return self._last

    async def acts_after(self, number: int, limit: int) -> Sequence[ModerationEntry]:
        return [entry for entry in self._acts.values() if entry.number > number][:limit]

    async def acts_before(self, number: int | None, limit: int) -> Sequence[ModerationEntry]:
        before = number if number is not None else self._last + 1
        return [entry for entry in reversed(self._acts.values()) if entry.number < before][:limit]

    async def ban(self, player_id: PlayerId) -> PlayerBan | None:
        return self._bans.get(player_id)

    async def bans_before(self, number: int | None, limit: int) -> Sequence[PlayerBan]:
        before = number if number is not None else self._last + 1
        return [ban for ban in reversed(self._bans.values()) if ban.number < before][:limit]

    async def maintenance(self) -> Maintenance | None:
        return self._maintenance

    async def add_report(self, report: Report) -> Report:
        for earlier in self._reports.values():
            has_key = report.key is not None and (earlier.reporter.id, earlier.key) == (report.reporter.id, report.key)
            if has_key or earlier.subject == report.subject:
                return earlier
        self._reports[report.id] = report
        while len(self._reports) > self._retention.reports_max:
            del self._reports[next(iter(self._reports))]
        return report

    async def report(self, report_id: str) -> Report | None:
        return self._reports.get(report_id)

    async def reports_before(self, report_id: str | None, limit: int, unresolved: bool) -> Sequence[Report]:
        reports = list(reversed(self._reports.values()))
        if report_id is not None:
            ids = [report.id for report in reports]
            reports = reports[ids.index(report_id) + 1 :] if report_id in ids else []
        return [report for report in reports if not unresolved or report.resolved_at is None][:limit]

    async def remember_device(self, player_id: PlayerId, device: str, expires_at: Instant) -> None:
        self._devices[player_id] = device, expires_at

    async def device_of(self, player_id: PlayerId) -> str | None:
        found = self._devices.get(player_id)
        return found[0] if found is not None else None

    async def sweep(self, at: Instant) -> None:
        self._devices = {id: found for id, found in self._devices.items() if found[1] > at}
        kept_from = at - self._retention.moderation_ms
        for player_id, ban in list(self._bans.items()):
            if not ban.holds_at(at):
                del self._bans[player_id]
        for number, entry in list(self._acts.items()):
            if entry.at <= kept_from or number <= self._last - ACTS_MAX:
                del self._acts[number], self._keys[entry.by, entry.key]
        for report_id, report in list(self._reports.items()):
            if report.resolved_at is not None and report.resolved_at <= kept_from:
                del self._reports[report_id]

    async def erase(self, player_id: PlayerId, stand_in: str) -> None:
        self._bans.pop(player_id, None)
        self._devices.pop(player_id, None)
        self._acts = {
            number: replace(entry, player_id=None) if entry.player_id == player_id else entry
            for number, entry in self._acts.items()
        }
        self._reports = {
            report.id: erase_value(report, Report, player_id, stand_in, tuple(find_names(to_json(report), player_id)))
            for report in self._reports.values()
            if report.player.id != player_id
        }
