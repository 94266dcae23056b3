"""A backup that is taken under load is whole, and a server goes on from it; clients that resume get a snapshot. So does a copy by
Litestream."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from adventurebot_lobby.__main__ import main
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, Player
from tests.needs import ROOT, needs
from tests.served.lobby import guests, history
from tests.served.process import server_process
from tests.stores_of_servers import IS_VALKEY
from tests.waiting import wait_until
from tools.demo.answers import Answer, NoAnswer
from tools.demo.http_client import http_client

pytestmark = pytest.mark.skipif(IS_VALKEY or os.name != "posix", reason="this is about files")

WAIT_S = 60
MESSAGES_MIN = 30


async def talk(player: Player, party: Answer, answered: list[int], is_over: asyncio.Event) -> None:
    """Post messages until the end or until the server is gone, and collect the seqs that it has answered."""
    with suppress(NoAnswer):
        for number in count():
            if is_over.is_set():
                break
            said = await player.does("PostMessage", partyId=party["id"], text=f"message {number}")
            answered.append(said["seq"])


async def has_talked(answered: list[int], count_min: int) -> None:
    async def is_enough() -> bool:
        return len(answered) >= count_min

    await wait_until(is_enough, WAIT_S)


@asynccontextmanager
async def talking_meanwhile(players: Sequence[Player], party: Answer, answered: list[int]) -> AsyncIterator[None]:
    """The players post messages all the time, at least `MESSAGES_MIN` of them."""
    before = len(answered)
    is_over = asyncio.Event()
    talking = [asyncio.create_task(talk(player, party, answered, is_over)) for player in players]
    try:
        yield
        await has_talked(answered, before + MESSAGES_MIN)
    finally:
        is_over.set()
        await asyncio.gather(*talking)


async def test_a_backup_under_load_is_restored_and_clients_resume_with_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, backup = tmp_path / "data" / "lobby.db", tmp_path / "backup.db"
    answered: list[int] = []
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{file}")
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann, ben = await guests(http, server.address, 2)
        party = await party_of(ann, ben)
        talking = [asyncio.create_task(talk(player, party, answered, asyncio.Event())) for player in (ann, ben)]
        await has_talked(answered, MESSAGES_MIN)
        newest_before = max(answered)
        assert await asyncio.to_thread(main, ["backup", str(backup)]) == 0
        assert f"{backup}.secret: the secret" in capsys.readouterr().out
        await has_talked(answered, len(answered) + MESSAGES_MIN)
        assert await asyncio.to_thread(main, ["restore", str(backup)]) == 1
        assert "is in use by process" in capsys.readouterr().err
        log = await history(ann, party["id"])
        await server.kill()
        await asyncio.gather(*talking)
    file.with_name("secret").unlink()  # as on a new machine

    assert await asyncio.to_thread(main, ["restore", str(backup)]) == 0
    assert f"{file} was moved" in capsys.readouterr().out
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann, ben = (replace(each, client=http.as_player(each.token), address=server.address) for each in (ann, ben))
        restored = await history(ann, party["id"])
        common = [entry["seq"] for entry in restored if entry["seq"] <= newest_before]
        assert common == [*range(1, newest_before + 1)]
        assert len(restored) < len(log)
        assert [entry.get("text") for entry in restored] == [entry.get("text") for entry in log[: len(restored)]]
        async with ben.watching(partyId=party["id"], after=log[-1]["cursor"]) as watch:
            await watch.until_begun()
            assert watch.types[0] == "PartySnapshot"
            said = await ann.does("PostMessage", partyId=party["id"], text="again")
            assert (await watch.until_seq(said["seq"]))["text"] == "again"


def litestream_settings(file: Path, folder: Path) -> Path:
    """The settings of docs/backup.md, to copy `file` to `folder`/copy."""
    [settings] = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs/backup.md").read_text(), re.MULTILINE | re.DOTALL)
    for path, here in (("/var/lib/lobby/lobby.db", file), ("/mnt/backup/lobby", folder / "copy")):
        assert path in settings
        settings = settings.replace(path, str(here))
    (folder / "litestream.yml").write_text(settings)
    return folder / "litestream.yml"


@asynccontextmanager
async def litestream(settings: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Litestream from the moment when it copies, which it does each second. Killed at the end, if it still runs."""
    copied = count_copied(settings)
    with (settings.parent / "litestream.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            needs("litestream"), "replicate", "-config", settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await wait_copied(settings, copied + 1)
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def count_copied(settings: Path) -> int:
    return sum(1 for _ in (settings.parent / "copy").rglob("*.ltx"))


async def wait_copied(settings: Path, count_min: int) -> None:
    async def is_copied() -> bool:
        return count_copied(settings) >= count_min

    await wait_until(is_copied, WAIT_S)


async def test_a_copy_by_litestream_has_all_entries_and_clients_resume_with_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, copy, answered = tmp_path / "data" / "lobby.db", tmp_path / "copy.db", list[int]()
    settings = litestream_settings(file, tmp_path)
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        players = await guests(http, server.address, 2)
        party = await party_of(*players)
        async with talking_meanwhile(players, party, answered), litestream(settings):
            pass  # then it is killed
        async with talking_meanwhile(players, party, answered):
            pass
        async with litestream(settings) as process:
            async with talking_meanwhile(players, party, answered):
                await wait_copied(settings, count_copied(settings) + 1)
            log = await history(players[0], party["id"])
            await server.kill()
            process.terminate()  # it copies the rest
            assert await asyncio.wait_for(process.wait(), WAIT_S) == 0
    arguments = ["restore", "-o", str(copy), "-config", str(settings), str(file)]
    restoring = await asyncio.create_subprocess_exec(needs("litestream"), *arguments)
    assert await asyncio.wait_for(restoring.wait(), WAIT_S) == 0
    file.with_name("secret").rename(f"{copy}.secret")
    shutil.rmtree(file.parent)  # as on a new machine
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{file}")
    assert await asyncio.to_thread(main, ["restore", str(copy)]) == 0

    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann, ben = (replace(each, client=http.as_player(each.token), address=server.address) for each in players)
        restored = await history(ann, party["id"])
        assert [entry["seq"] for entry in restored] == [*range(1, len(log) + 1)]
        assert set(answered) <= {entry["seq"] for entry in restored}
        async with ben.watching(partyId=party["id"], after=log[-1]["cursor"]) as watch:
            await watch.until_begun()
            assert watch.types[0] == "PartySnapshot"


def test_a_damaged_backup_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, backup = tmp_path / "lobby.db", tmp_path / "backup.db"
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{file}")
    file.write_text("the file of before")
    backup.write_bytes(b"not a database at all" * 100)

    assert main(["restore", str(backup)]) == 1
    assert f"Not restored: {backup} can't be read as a store" in capsys.readouterr().err
    assert file.read_text() == "the file of before"


def test_a_backup_replaces_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lobby.db"
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{file}")
    sqlite3.connect(file).close()

    assert main(["backup", str(file)]) == 1
    assert capsys.readouterr().err == f"No backup: {file} exists already\n"


def test_a_backup_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOBBY_STORE", f"sqlite:///{tmp_path}/lobby.db")

    assert main(["restore", str(tmp_path / "backup.db")]) == 1
    assert capsys.readouterr().err == f"Not restored: there is no file {tmp_path}/backup.db\n"


def test_a_store_that_is_no_file_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LOBBY_STORE", "valkey://127.0.0.1:1/0")

    assert main(["backup", "anywhere"]) == 1
    assert "LOBBY_STORE is not a file" in capsys.readouterr().err
