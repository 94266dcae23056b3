"""Moderation and the event outbox in a copy: how both kinds of ends read and write them.

Acts keep their numbers, because bans and cursors name them. Reports keep their order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence

from lobby.domain.moderation import ModerationEntry, PlayerBan, Report
from lobby.domain.values import PlayerId
from lobby.ports import Moderation
from lobby.stores.codec import to_json
from lobby.stores.copy.copying import Batch, KeptDevice, KeptPosition
from lobby.stores.sqlite.reads import serial_of
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.moderation import HOME
from lobby.stores.valkey.scripts import ADD_REPORT

PAGE_MAX = 500


async def moderation_batches(moderation: Moderation) -> AsyncIterator[Batch]:
    """Everything about moderation. Reports come with the oldest first."""
    number = 0
    while acts := await moderation.acts_after(number, PAGE_MAX):
        number = acts[-1].number
        yield Batch(acts=acts)
    before = None
    while bans := await moderation.bans_before(before, PAGE_MAX):
        before = bans[-1].number
        yield Batch(bans=bans)
    reports: list[Report] = []
    while page := await moderation.reports_before(reports[-1].id if reports else None, PAGE_MAX, unresolved=False):
        reports += page
    for start in range(0, len(reports), PAGE_MAX):
        yield Batch(reports=reports[::-1][start : start + PAGE_MAX])
    maintenance = await moderation.maintenance()
    if maintenance is not None:
        yield Batch(maintenance=(maintenance,))


def write_into_file(connection: sqlite3.Connection, batch: Batch) -> None:
    """Within a transaction of the caller."""
    connection.executemany(
        "INSERT OR REPLACE INTO acts (number, at, by_name, key, act) VALUES (?, ?, ?, ?, ?)",
        [(act.number, act.at, act.by, act.key, to_json(act)) for act in batch.acts],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO bans (player_id, number, until, ban) VALUES (?, ?, ?, ?)",
        [(ban.player.id, ban.number, ban.until, to_json(ban)) for ban in batch.bans],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO reports (id, reporter_id, player_id, party_id, key, resolved_at, report) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(each.id, *each.subject, each.key, each.resolved_at, to_json(each)) for each in batch.reports],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO devices (player_id, device, expires_at) VALUES (?, ?, ?)",
        [(each.player_id, each.device, each.expires_at) for each in batch.devices],
    )
    for maintenance in batch.maintenance:
        connection.execute("INSERT OR REPLACE INTO maintenance VALUES (1, ?)", (to_json(maintenance),))
    for position in batch.positions:
        serial = serial_of(connection, position.party_id)
        if serial is not None:
            connection.execute(
                "INSERT OR REPLACE INTO event_outbox (serial, sent, since, due, replayed) VALUES (?, ?, ?, ?, ?)",
                (serial, position.sent_seq, position.since, position.since, position.replayed_at),
            )


def devices_in_file(connection: sqlite3.Connection) -> list[KeptDevice]:
    rows = connection.execute("SELECT player_id, device, expires_at FROM devices ORDER BY player_id")
    return [KeptDevice(*row) for row in rows]


def positions_in_file(connection: sqlite3.Connection) -> list[KeptPosition]:
    rows = connection.execute(
        "SELECT id, sent, since, replayed FROM event_outbox JOIN parties ON parties.serial = event_outbox.serial ORDER BY id"
    )
    return [KeptPosition(*row) for row in rows]


async def write_into_servers(client: ValkeyClient, batch: Batch) -> None:
    if batch.acts:
        await _write_acts(client, batch.acts)
    for ban in batch.bans:
        await _write_ban(client, ban)
    for report in batch.reports:
        await _write_report(client, report)
    for device in batch.devices:
        home = client.partitions.of(device.player_id)
        await client.call(home, "SET", f"device:{device.player_id}", device.device, "PXAT", device.expires_at)
    for maintenance in batch.maintenance:
        await client.call(HOME, "SET", "maintenance", to_json(maintenance))
    for position in batch.positions:
        home, party_id = client.partitions.of(position.party_id), position.party_id
        await client.call(home, "SET", f"sent:{party_id}", f"{position.sent_seq} {position.replayed_at}")
        for name in ("unsent", "unsent-since"):
            await client.call(home, "ZADD", name, position.since, party_id)


async def device_in_servers(client: ValkeyClient, player_id: PlayerId) -> KeptDevice | None:
    home, key = client.partitions.of(player_id), f"device:{player_id}"
    device, expires_at = await client.call(home, "GET", key), await client.call(home, "PEXPIRETIME", key)
    return KeptDevice(player_id, device.decode(), expires_at) if device is not None and expires_at > 0 else None


async def positions_in_servers(client: ValkeyClient) -> list[KeptPosition]:
    found: list[KeptPosition] = []
    for partition in range(client.partitions.count):
        rows = await client.call(partition, "ZRANGE", "unsent-since", 0, -1, "WITHSCORES")
        pairs = rows if rows and isinstance(rows[0], (list, tuple)) else list(zip(rows[::2], rows[1::2], strict=True))
        for name, since in pairs:
            party_id = name.decode()
            sent, replayed_at = (await client.call(partition, "GET", f"sent:{party_id}")).split()
            found.append(KeptPosition(party_id, int(sent), int(float(since)), int(replayed_at)))
    return sorted(found, key=lambda position: position.party_id)


async def _write_acts(client: ValkeyClient, acts: Sequence[ModerationEntry]) -> None:
    texts = [item for act in acts for item in (act.number, to_json(act))]
    await client.call(HOME, "HSET", "acts", *texts)
    keys = [item for act in acts for item in (f"{act.by} {act.key}", f"{act.number} copy")]
    await client.call(HOME, "HSET", "act-keys", *keys)
    await client.call(HOME, "SET", "act-first", acts[0].number, "NX")
    await client.call(HOME, "SET", "act-number", acts[-1].number)


async def _write_ban(client: ValkeyClient, ban: PlayerBan) -> None:
    await client.call(HOME, "HSET", "bans", ban.player.id, to_json(ban))
    await client.call(HOME, "ZADD", "bans-by-number", ban.number, ban.player.id)
    if ban.until is not None:
        await client.call(HOME, "ZADD", "ban-ends", ban.until, ban.player.id)


async def _write_report(client: ValkeyClient, report: Report) -> None:
    key = json.dumps([report.reporter.id, report.key]) if report.key is not None else ""
    await client.run(ADD_REPORT, HOME, report.id, json.dumps(report.subject), key, to_json(report))
    if report.resolved_at is not None:
        await client.call(HOME, "ZREM", "reports-unresolved", report.id)
        await client.call(HOME, "ZADD", "reports-resolved", report.resolved_at, report.id)
