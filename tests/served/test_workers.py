"""`--workers 2`: two nodes behind one port, over a Valkey of their own, which end and come back together."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.fork_server import start_forked
from tests.graphql_ws_client import acknowledged_client
from tests.needs import ROOT, needs
from tests.waiting import wait_until

UP_WAIT_S = 90.0
DOWN_WAIT_S = 60.0
_SHARED = re.compile(r"2 workers at (\S+)")
_ALONE = re.compile(r"this worker alone: (\S+)")
_PID = re.compile(r"worker (\d+) is process (\d+)")
SIGN_IN = 'mutation{signInAsGuest(input:{displayName:"Ann"}){...on CredentialsGranted{credentials{accessToken}}}}'
CREATE = "mutation{createParty(input:{}){...on PartyChanged{party{id}}}}"
SAY = 'mutation($id:ID!){postMessage(input:{partyId:$id,text:"over there"}){__typename}}'
READ = "query($id:ID!){party(id:$id){id}}"
FOLLOW = "subscription($id:ID!){partyEvents(partyId:$id){__typename ... on MessagePosted{text}}}"


class Workers:
    """The process of the supervisor, and what it and its workers have logged."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.log = ""
        self._more = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def said(self, pattern: re.Pattern[str], count: int) -> list[re.Match[str]]:
        """The first `count` lines that match."""
        async with asyncio.timeout(UP_WAIT_S), self._more:
            await self._more.wait_for(lambda: len(pattern.findall(self.log)) >= count or self._reading.done())
        found = list(pattern.finditer(self.log))[:count]
        assert len(found) == count, self.log
        return found

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DOWN_WAIT_S):
            code = await self.process.wait()
        await self._reading
        return code

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._more:
                self.log += line.decode()
                self._more.notify_all()
        async with self._more:
            self._more.notify_all()


@asynccontextmanager
async def workers(folder: Path, count: int = 2, **settings: str) -> AsyncIterator[Workers]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("server.py", "--port", "0", "--workers", str(count)),
        cwd=ROOT,
        env=environment_of(folder, settings),
        stderr=asyncio.subprocess.PIPE,
    )
    running = Workers(process)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), DOWN_WAIT_S)


async def refusal(folder: Path, **settings: str) -> str:
    """The error output of a supervisor that ends before it has started workers."""
    process = await start_forked(("--port", "0", "--workers", "2"), environment_of(folder, settings))
    assert process.stderr is not None
    async with asyncio.timeout(UP_WAIT_S):
        said = (await process.stderr.read()).decode()
        assert await process.wait() == 1, said
    return said


def environment_of(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {"LOBBY_RATE_LIMITS": "off", "LOBBY_VALKEY_FOLDER": str(folder)}
    return environment | {f"LOBBY_{name.upper()}": value for name, value in settings.items()}


async def up(url: str) -> str:
    """The address of a worker, once it answers there: it says the address a moment before."""
    await wait_until(lambda: is_listening(url), UP_WAIT_S)
    return url


async def ask(url: str, query: str, token: str | None = None, **variables: str) -> dict[str, object]:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    async with httpx.AsyncClient(timeout=UP_WAIT_S) as client:
        answer = await client.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers)
    body = answer.json()
    assert "errors" not in body, body
    data: dict[str, object] = next(iter(body["data"].values()))
    return data


async def test_workers_are_one_lobby_and_end_and_come_back_together(tmp_path: Path) -> None:
    needs("valkey")
    folder = tmp_path / "valkey"
    async with workers(folder) as running:
        (shared,) = await running.said(_SHARED, 1)
        one, other = [await up(found[1]) for found in await running.said(_ALONE, 2)]
        token = (await ask(shared[1], SIGN_IN))["credentials"]["accessToken"]  # type: ignore[index]
        party_id: str = (await ask(one, CREATE, token))["party"]["id"]  # type: ignore[index]
        async with acknowledged_client(other, {"authorization": f"Bearer {token}"}) as client:
            await client.ask(FOLLOW, variables={"id": party_id})
            await ask(one, SAY, token, id=party_id)
            async with asyncio.timeout(UP_WAIT_S):
                while "over there" not in str(await client.receive()):
                    pass
            (killed,) = await running.said(_PID, 1)
            os.kill(int(killed[2]), signal.SIGKILL)
            await running.said(_ALONE, 3)
            assert f"worker {killed[1]} ended with code -9" in running.log
            assert (await ask(shared[1], READ, token, id=party_id))["id"] == party_id

        assert "another server uses" in await refusal(folder)

        assert await running.stop() == 0
    async with workers(folder) as again:
        (shared,) = await again.said(_SHARED, 1)
        await up(shared[1])
        assert (await ask(shared[1], READ, token, id=party_id))["id"] == party_id


async def test_a_store_that_nodes_can_not_share_is_refused(tmp_path: Path) -> None:
    assert "--workers: LOBBY_STORE must be a store that nodes share" in await refusal(tmp_path, store="memory://")


async def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    needs("valkey")
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "valkey.conf").mkdir(parents=True)
    for folder in (tmp_path / "file" / "below", tmp_path / "taken"):
        assert re.search(f"LOBBY_VALKEY_FOLDER: can't write into {folder}: [A-Z]", await refusal(folder))


async def test_a_secret_that_is_lost_beside_data_is_not_replaced(tmp_path: Path) -> None:
    needs("valkey")
    (tmp_path / "appendonlydir").mkdir()
    assert re.search("LOBBY_SECRET: .*secret is missing, and .* has data", await refusal(tmp_path))
    assert not (tmp_path / "secret").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
async def test_workers_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    needs("valkey")
    async with workers(tmp_path, count=1) as running:
        (alone,) = [await up(found[1]) for found in await running.said(_ALONE, 1)]
        running.process.kill()
        await running.process.wait()

        async def are_gone() -> bool:
            return not await is_listening(alone)

        await wait_until(are_gone, DOWN_WAIT_S)


async def is_listening(url: str) -> bool:
    try:
        await ask(url, "{serverInfo{version}}")
    except httpx.TransportError:
        return False
    return True
