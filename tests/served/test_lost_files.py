"""The files of the store are removed or replaced under a server, or another server tries to open them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS
from tests.served.lobby import guests, history
from tests.served.process import ServerProcess, failed_start, server_process
from tests.stores_of_servers import IS_VALKEY
from tests.waiting import wait_until
from tools.demo.answers import Rejected
from tools.demo.http_client import http_client

pytestmark = pytest.mark.skipif(
    IS_VALKEY or sys.platform != "linux", reason="a store file can be removed while it is open, and has two locks"
)


def remove(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))


def replace_by_a_copy(file: Path) -> None:
    """Editors, and restores of backups, replace a file like this."""
    shutil.copy(file, file.with_name("copy"))
    file.rename(file.with_name("elsewhere"))
    file.with_name("copy").rename(file)


def remove_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").rename(file.with_name("elsewhere"))


def put_back(file: Path) -> None:
    file.with_name("elsewhere").rename(file)


def put_log_back(file: Path) -> None:
    file.with_name("elsewhere").rename(file.with_name(f"{file.name}-wal"))


async def wait_for_readiness(server: ServerProcess, status: int) -> None:
    async with httpx.AsyncClient() as http:

        async def has_status() -> bool:
            return (await http.get(f"{server.address.base}/readyz")).status_code == status

        await wait_until(has_status)


@pytest.mark.parametrize(
    ("damage", "repair"),
    [(remove, put_back), (replace_by_a_copy, put_back), (remove_log, put_log_back)],
    ids=["removed", "replaced", "log removed"],
)
async def test_a_server_without_its_files_is_not_ready_and_acknowledges_nothing(
    tmp_path: Path, damage: Callable[[Path], None], repair: Callable[[Path], None]
) -> None:
    file = tmp_path / "lobby.db"
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        (ann,) = await guests(http, server.address, 1)
        party = await party_of(ann)
        newest = (await history(ann, party["id"]))[-1]["seq"]
        await wait_for_readiness(server, 200)
        damage(file)
        with pytest.raises(Rejected) as refused:
            await ann.does("PostMessage", partyId=party["id"], text="lost?")
        assert refused.value.code == "UNAVAILABLE"
        await wait_for_readiness(server, 503)
        assert b"was removed or replaced while the server uses it" in server.log
        repair(file)
        await wait_for_readiness(server, 200)
        said = await ann.does("PostMessage", partyId=party["id"], text="kept")
        assert said["seq"] == newest + 1
        log = await history(ann, party["id"])
        await server.kill()
    async with server_process(file) as server, http_client(server.address, DOCUMENTS) as http:
        ann = replace(ann, client=http.as_player(ann.token), address=server.address)
        assert await history(ann, party["id"]) == log


@pytest.mark.parametrize("way", ["the same name", "a hard link", "without the lock file"])
async def test_a_second_server_on_the_same_file_does_not_start(tmp_path: Path, way: str) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "lobby.db"
    async with server_process(file) as server:
        second = file
        if way == "a hard link":
            second = tmp_path / "data" / "other.db"
            second.hardlink_to(file)
        elif way == "without the lock file":
            file.with_name("lobby.db.lock").unlink()
        said = await asyncio.to_thread(failed_start, tmp_path, store=f"sqlite:///{second}", secret="x" * 32)
        assert "is in use by process" in said or "has 2 hard links" in said
        await wait_for_readiness(server, 200)
