"""Moderation in the servers. Acts, bans and reports lie in one partition, so that an act and its changes are one call.

`lua/record_act.lua` lists their keys. device:<player> has the digest of the device of a guest.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from secrets import token_hex

from lobby.domain.moderation import Maintenance, ModerationEntry, ModerationWrite, PlayerBan, Report
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Conflict, Retention
from lobby.stores.codec import JsonReader, to_json
from lobby.stores.erasure import erase_json_with_names
from lobby.stores.local.moderation import ACTS_MAX
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.connection import Argument
from lobby.stores.valkey.scripts import ADD_REPORT, ERASE_MODERATION, RECORD_ACT, SWEEP_MODERATION
from lobby.struct import replace

HOME = 0
"""The partition of everything about moderation."""
SWEPT_MAX = 250
SCAN_COUNT = 500
ERASURES_MAX = 16
"""Tries of one erasure, while others change the same reports."""

read_act = JsonReader(ModerationEntry)
read_ban = JsonReader(PlayerBan)
read_report = JsonReader(Report)
read_maintenance = JsonReader(Maintenance)


class ValkeyModeration:
    """See `lobby.ports.moderation.Moderation`."""

    def __init__(self, client: ValkeyClient, retention: Retention) -> None:
        self._client = client
        self._retention = retention

    async def record(self, write: ModerationWrite) -> ModerationEntry:
        entry = write.entry
        call = f"{entry.by} {entry.key}", token_hex(8), to_json(entry), *_changes(write)
        number = await self._client.run(RECORD_ACT, HOME, *call)
        if not number:
            raise Conflict("an act has this key")
        return replace(entry, number=number)

    async def find_act(self, by: str, key: str) -> ModerationEntry | None:
        known = await self._client.call(HOME, "HGET", "act-keys", f"{by} {key}")
        if known is None:
            return None
        found = await self._acts([int(known.split()[0])])
        return found[0] if found else None

    async def last_act(self) -> int:
        return int(await self._client.call(HOME, "GET", "act-number") or 0)

    async def acts_after(self, number: int, limit: int) -> Sequence[ModerationEntry]:
        first = max(number + 1, int(await self._client.call(HOME, "GET", "act-first") or 1))
        return await self._acts(range(first, min(await self.last_act(), first + limit - 1) + 1))

    async def acts_before(self, number: int | None, limit: int) -> Sequence[ModerationEntry]:
        last = await self.last_act() if number is None else number - 1
        return await self._acts(range(last, max(0, last - limit), -1))

    async def ban(self, player_id: PlayerId) -> PlayerBan | None:
        found = await self._bans([player_id])
        return found[0] if found else None

    async def bans_before(self, number: int | None, limit: int) -> Sequence[PlayerBan]:
        highest = "+inf" if number is None else f"({number}"
        players = await self._client.call(
            HOME, "ZREVRANGEBYSCORE", "bans-by-number", highest, "-inf", "LIMIT", 0, limit
        )
        return await self._bans([player.decode() for player in players])

    async def maintenance(self) -> Maintenance | None:
        text = await self._client.call(HOME, "GET", "maintenance")
        return read_maintenance(text.decode()) if text is not None else None

    async def add_report(self, report: Report) -> Report:
        key = json.dumps([report.reporter.id, report.key]) if report.key is not None else ""
        call = report.id, json.dumps(report.subject), key, to_json(report)
        kept: bytes = await self._client.run(ADD_REPORT, HOME, *call)
        return read_report(kept.decode())

    async def report(self, report_id: str) -> Report | None:
        text = await self._client.call(HOME, "HGET", "reports", report_id)
        return read_report(text.decode()) if text is not None else None

    async def reports_before(self, report_id: str | None, limit: int, unresolved: bool) -> Sequence[Report]:
        highest = "+inf"
        if report_id is not None:
            number = await self._client.call(HOME, "ZSCORE", "reports-by-number", report_id)
            if number is None:
                return ()
            highest = f"({int(float(number))}"
        name = "reports-unresolved" if unresolved else "reports-by-number"
        ids = await self._client.call(HOME, "ZREVRANGEBYSCORE", name, highest, "-inf", "LIMIT", 0, limit)
        texts = await self._client.call(HOME, "HMGET", "reports", *ids) if ids else ()
        return [read_report(text.decode()) for text in texts if text is not None]

    async def remember_device(self, player_id: PlayerId, device: str, expires_at: Instant) -> None:
        home = self._client.partitions.of(player_id)
        await self._client.call(home, "SET", f"device:{player_id}", device, "PXAT", expires_at)

    async def device_of(self, player_id: PlayerId) -> str | None:
        device = await self._client.call(self._client.partitions.of(player_id), "GET", f"device:{player_id}")
        return device.decode() if device is not None else None

    async def sweep(self, at: Instant) -> None:
        kept_from = at - self._retention.moderation_ms
        call = at, kept_from, SWEPT_MAX, ACTS_MAX, self._retention.reports_max
        await self._client.run(SWEEP_MODERATION, HOME, *call)

    async def erase(self, player_id: PlayerId, stand_in: str) -> None:
        await self._client.call(self._client.partitions.of(player_id), "DEL", f"device:{player_id}")
        for _ in range(ERASURES_MAX):
            fields = await self._fields_with(player_id, stand_in)
            if await self._client.run(ERASE_MODERATION, HOME, player_id, *fields):
                return
        raise Conflict("the reports keep changing")

    async def _acts(self, numbers: Sequence[int]) -> list[ModerationEntry]:
        texts = await self._client.call(HOME, "HMGET", "acts", *numbers) if numbers else ()
        found = zip(numbers, texts, strict=True)
        return [replace(read_act(text.decode()), number=number) for number, text in found if text is not None]

    async def _bans(self, player_ids: Sequence[PlayerId]) -> list[PlayerBan]:
        if not player_ids:
            return []
        texts = await self._client.call(HOME, "HMGET", "bans", *player_ids)
        numbers = await self._client.call(HOME, "ZMSCORE", "bans-by-number", *player_ids)
        found = zip(texts, numbers, strict=True)
        return [
            replace(read_ban(text.decode()), number=int(float(number)))
            for text, number in found
            if text is not None and number is not None
        ]

    async def _fields_with(self, player_id: PlayerId, stand_in: str) -> list[Argument]:
        """What `ERASE_MODERATION` has to change."""
        fields: list[Argument] = []
        for name in ("acts", "reports", "report-subjects", "bans"):
            async for field, text in self._scan(name):
                if player_id not in text and player_id not in field:
                    continue
                is_about = name == "reports" and read_report(text).player.id == player_id
                drops = is_about or name in ("report-subjects",) or (name == "bans" and field == player_id)
                fields += [name, field, text, "" if drops else erase_json_with_names(text, player_id, stand_in)]
        return fields

    async def _scan(self, name: str) -> AsyncIterator[tuple[str, str]]:
        cursor = 0
        while True:
            cursor, found = await self._client.call(HOME, "HSCAN", name, cursor, "COUNT", SCAN_COUNT)
            pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=True)
            for field, text in pairs:
                yield field.decode(), text.decode()
            if int(cursor) == 0:
                return


def _changes(write: ModerationWrite) -> list[Argument]:
    """The changes as `RECORD_ACT` reads them."""
    changes: list[Argument] = []
    if write.ban is not None:
        until = write.ban.until
        changes += ["ban", write.ban.player.id, to_json(write.ban), "" if until is None else until]
    if write.unbanned is not None:
        changes += ["unban", write.unbanned]
    if write.sets_maintenance:
        changes += ["maintenance", to_json(write.maintenance) if write.maintenance is not None else ""]
    if write.resolved is not None:
        changes += ["resolve", write.resolved.id, to_json(write.resolved), write.resolved.resolved_at or 0]
    return changes
