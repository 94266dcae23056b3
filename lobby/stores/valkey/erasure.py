"""Finds a player in all partitions of the servers, and erases it from them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any

import msgspec

from lobby.domain.values import PlayerId
from lobby.ports import Conflict
from lobby.stores.codec import read_party
from lobby.stores.erasure import erase_json, find_names, json_text, party_names
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.connection import Argument
from lobby.stores.valkey.inboxes import ValkeyInboxes
from lobby.stores.valkey.list_replica import row_of
from lobby.stores.valkey.scripts import ERASE_INBOX, ERASE_KEYS, ERASE_PARTY, MARK_ERASED, REPLACE_RUN, SCAN_KEYS

SCAN_COUNT = 500
ERASURES_MAX = 16
"""Tries of one party, while others change it."""
_OWN = ("once", "family", "seat", "runs-of")
"""Kinds of keys that belong to one player. Such a key with the id, in its name or its value, is deleted."""


class PlayerEraser:
    """See `lobby.ports.player_data.PlayerData`."""

    def __init__(self, client: ValkeyClient, inboxes: ValkeyInboxes) -> None:
        self._client = client
        self._inboxes = inboxes

    async def player_data(self, player_id: PlayerId) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        needle = json_text(player_id)
        async for _, key, texts in self._everything():
            if needle in key or any(needle in text for text in texts):
                values = [_decoded(text) for text in texts if needle in text or needle in key]
                found.setdefault(key.partition(":")[0], []).append({"key": key, "values": values})
        return found

    async def erase_player(self, player_id: PlayerId, stand_in: PlayerId) -> None:
        """The player's inbox takes nothing from now on. Posts about the player that are on their way to others are delivered
        first, so that the inboxes of the others have them when they are looked at."""
        await self._client.run(MARK_ERASED, self._client.partitions.of(player_id), player_id)
        await self._inboxes.deliver_all()
        names: set[str] = set()
        needle = json_text(player_id)
        touched: list[tuple[int, str]] = []
        async for partition, key, texts in self._everything():
            if needle in key or any(needle in text for text in texts):
                touched.append((partition, key))
                for text in texts:
                    if needle in text and text.startswith(("{", "[")):
                        names |= find_names(text, player_id)
        found = tuple(names)
        party_ids: set[tuple[int, str]] = set()
        for partition, key in touched:
            kind, _, id = key.partition(":")
            if kind in ("party", "log"):
                party_ids.add((partition, id))
            elif kind in _OWN or needle in id:
                await self._client.run(ERASE_KEYS, partition, key)
            elif kind == "held":  # the players of a node
                await self._client.call(partition, "SREM", key, player_id)
            elif kind == "inbox":
                await self._erase_inbox(partition, id, player_id, stand_in, found)
            elif kind == "session":
                text = (await self._client.call(partition, "HGET", key, "j") or b"{}").decode()
                await self._client.call(partition, "HSET", key, "j", erase_json(text, player_id, stand_in, found))
        await self._erase_from_runs(player_id, stand_in, found)
        for partition, party_id in party_ids:
            await self._erase_party(partition, party_id, player_id, stand_in, found)
        await self._erase_news(found)

    async def _erase_inbox(
        self, partition: int, owner_id: PlayerId, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]
    ) -> None:
        """Such as the name of an inviter."""
        changes: list[Argument] = []
        for id, fields in await self._client.call(partition, "XRANGE", f"inbox:{owner_id}", "-", "+"):
            event = fields[b"e"].decode()
            erased = erase_json(event, player_id, stand_in, names)
            if erased != event:
                changes += [id, event, erased]
        if changes:
            await self._client.run(ERASE_INBOX, partition, owner_id, *changes)

    async def _erase_from_runs(self, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]) -> None:
        """A saved run without the player may have the name, in the name of its party."""
        wanted = [json_text(name) for name in party_names(names)]
        async for partition, key, texts in self._everything():
            if key.startswith("run:"):
                for text in texts:
                    if text.startswith("{") and any(name in text for name in wanted):
                        call = key.removeprefix("run:"), text, erase_json(text, player_id, stand_in, names)
                        await self._client.run(REPLACE_RUN, partition, *call)

    async def _erase_news(self, names: tuple[str, ...]) -> None:
        """Changes of the public list may have the name, in the name of a party. A node that has not read them reads the whole
        list again."""
        wanted = [json_text(name).encode() for name in party_names(names)]
        for partition in range(self._client.partitions.count):
            last = "-"
            while rows := await self._client.call(partition, "XRANGE", "news", last, "+", "COUNT", SCAN_COUNT):
                old = [id for id, fields in rows if any(name in fields[b"r"] for name in wanted)]
                if old:
                    await self._client.call(partition, "XDEL", "news", *old)
                last = f"({rows[-1][0].decode()}"

    async def _erase_party(
        self, partition: int, party_id: str, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]
    ) -> None:
        for _ in range(ERASURES_MAX):
            commit_id, state = await self._client.call(partition, "HMGET", f"party:{party_id}", "n", "s")
            if state is None:
                return
            rows = await self._client.call(partition, "XRANGE", f"log:{party_id}", "-", "+")
            texts: list[Argument] = []
            for id, fields in rows:
                entry = _erase_entry(fields[b"e"].decode(), player_id, stand_in, names)
                snapshot = fields.get(b"p")
                erased = erase_json(snapshot.decode(), player_id, stand_in, names) if snapshot is not None else ""
                texts += [id, fields[b"c"], entry, erased]
            new_state = erase_json(state.decode(), player_id, stand_in, names)
            head = party_id, commit_id, token_hex(8), new_state, row_of(read_party(new_state))
            if await self._client.run(ERASE_PARTY, partition, *head, *texts):
                return
        raise Conflict("the party keeps changing")

    async def _everything(self) -> AsyncIterator[tuple[int, str, list[str]]]:
        """Each key of a partition with all its texts."""
        for partition in range(self._client.partitions.count):
            cursor: Argument = 0
            while True:
                cursor, found = await self._client.run(SCAN_KEYS, partition, cursor, SCAN_COUNT)
                for key, texts in found:
                    yield partition, key.decode(), [text.decode(errors="replace") for text in texts]
                if int(cursor) == 0:
                    break


def _erase_entry(text: str, player_id: PlayerId, stand_in: PlayerId, names: tuple[str, ...]) -> str:
    """A stored entry is a list: time, actor, kind, event."""
    return erase_json(text, player_id, stand_in, names)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
