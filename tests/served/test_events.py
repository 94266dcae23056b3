"""Every event of every party reaches the operator's service, in order, also after failures of the service and the server."""

from __future__ import annotations

import asyncio
import hmac
import re
import sys
from base64 import b64decode, b64encode
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lobby.auth.api_keys import hash_key, new_key
from lobby.limits.throttle_log import ThrottleLog
from lobby.runtime.measures import Histogram, LoopLag
from lobby.runtime.turns import Turns
from tests.journey.parties import party_of, session_of
from tests.journey.players import DOCUMENTS, Player, guest
from tests.lobby.allocators.receiver import Receiver, receiver
from tests.needs import ROOT
from tests.served.lobby import history, lobby
from tests.served.process import server_process
from tests.stores_of_servers import store_of
from tests.waiting import wait_until
from tools.demo.http_client import http_client
from web.container import SharedWithTransports, open_container
from web.settings.settings import Settings

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
MODERATOR, OPERATOR = new_key("moderator"), new_key("operator")
SETTINGS: dict[str, Any] = {
    "events_secret": SECRET,
    "moderator_keys": [f"mia={hash_key(MODERATOR)}"],
    "operator_keys": [hash_key(OPERATOR)],
    "grace_waiting_s": 30,  # players without a stream, who keep their seats and stay ready on a slow machine, too
}


def seqs(receiving: Receiver, first: int = 0) -> dict[str, list[int]]:
    """The seqs that came for each party, in the order in which they came."""
    found = defaultdict(list)
    for sent in receiving.sent[first:]:
        found[sent.message["party_id"]].append(sent.message["seq"])
    return found


async def wait_for(receiving: Receiver, party_id: str, seq: int, first: int = 0) -> list[int]:
    """The different seqs of a party up to `seq` in the order in which they came first, once that one is there. Later ones may
    come by themselves: a player who is silent counts as disconnected."""

    async def came() -> bool:
        return seq in seqs(receiving, first)[party_id]

    await wait_until(came, 30)
    return [each for each in dict.fromkeys(seqs(receiving, first)[party_id]) if each <= seq]


def numbers(base: str) -> dict[str, float]:
    text = httpx.get(f"{base}/metrics", headers={"authorization": f"Bearer {OPERATOR}"}, trust_env=False).text
    return {
        sample.name.removeprefix("lobby_events_"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("lobby_events_")
    }


async def post(player: Player, party_id: str, *texts: str) -> int:
    """The seq of the last message."""
    seq = 0
    for text in texts:
        seq = (await player.does("PostMessage", partyId=party_id, text=text))["seq"]
    return seq


async def test_every_event_comes_signed_and_in_order() -> None:
    with receiver() as receiving, lobby(events_url=receiving.url, **SETTINGS) as address:
        async with http_client(address, DOCUMENTS) as http:
            ann, bob = await guest(http, address, "Ann"), await guest(http, address, "Bob")
            party, session = await session_of(ann, bob, visibility="PRIVATE")
            last = await post(ann, party["id"], "hello")
            assert await wait_for(receiving, party["id"], last) == list(range(1, last + 1))
            log = await history(ann, party["id"])
            by_id = {sent.headers["webhook-id"]: sent for sent in receiving.sent}
            assert len(log) >= last
            for entry in log[:last]:
                sent = by_id[f"{party['id']}.{entry['seq']}"]
                assert (sent.message["type"], sent.message["at"]) == (entry["__typename"], entry["at"])
                signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
                digest = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
                assert sent.headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
            assert by_id[f"{party['id']}.{last}"].message["text"] == "hello"
            bodies = b"".join(sent.body for sent in receiving.sent).decode()
            assert session["id"] in bodies
            assert party["joinCode"] not in bodies, "an operator sees no join code"

            async def is_done() -> bool:
                return numbers(address.base)["waiting_parties"] == 0

            await wait_until(is_done)
            assert numbers(address.base)["sent_total"] >= last
            assert numbers(address.base)["lag_seconds"] == 0


async def test_nothing_is_lost_while_the_service_is_away_and_the_server_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "lobby.db"
    with receiver() as receiving:
        receiving.respond(500)
        settings = {"events_url": receiving.url, "events_secret": SECRET, "events_retry_max_s": 1}
        async with server_process(file, **settings) as server, http_client(server.address, DOCUMENTS) as http:
            ann = await guest(http, server.address)
            party = await party_of(ann)
            last = await post(ann, party["id"], "one", "two")
            await wait_for(receiving, party["id"], 1)
            assert set(seqs(receiving)[party["id"]]) == {1}, "the next one waits"
            await server.kill()
        first = len(receiving.sent)
        receiving.respond(200)
        with lobby(store=store_of(file), **settings):
            assert (await wait_for(receiving, party["id"], last, first)) == list(range(1, last + 1))


async def test_an_event_that_is_never_taken_holds_up_its_party_alone_and_is_given_up() -> None:
    with receiver() as receiving, lobby(events_url=receiving.url, events_retry_h=1 / 3600, **SETTINGS) as address:
        async with http_client(address, DOCUMENTS) as http:
            ann, bob = await guest(http, address), await guest(http, address)
            party, other = await party_of(ann), await party_of(bob)
            await wait_for(receiving, party["id"], 1)
            await wait_for(receiving, other["id"], 1)
            receiving.refused.add("poison")
            poisoned = await post(ann, party["id"], "poison", "after it")
            last = await post(bob, other["id"], "fine")
            await wait_for(receiving, other["id"], last)
            assert (await wait_for(receiving, party["id"], poisoned)) == list(range(1, poisoned + 1))

            async def is_counted() -> bool:
                return numbers(address.base)["lost_total"] == 1

            await wait_until(is_counted)


async def test_events_are_sent_again_from_a_time_on() -> None:
    with receiver() as receiving, lobby(events_url=receiving.url, **SETTINGS) as address:
        async with http_client(address, DOCUMENTS) as http:
            ann, bob = await guest(http, address), await guest(http, address)
            party, other = await party_of(ann), await party_of(bob)
            last = await post(ann, party["id"], "one", "two")
            await wait_for(receiving, party["id"], last)
            await wait_for(receiving, other["id"], 1)
            since = next(sent.message["at"] for sent in receiving.sent if sent.message["seq"] == last)
            url = f"{address.base}/events/replay"
            async with httpx.AsyncClient(trust_env=False) as client:

                async def replay(key: str, **query: str) -> httpx.Response:
                    return await client.post(url, params=query, headers={"authorization": f"Bearer {key}"})

                assert (await replay(OPERATOR, since=since)).json()["code"] == "UNAUTHENTICATED"
                refused = await replay(MODERATOR, since="yesterday")
                assert (refused.status_code, refused.json()["field"]) == (400, "since")
                first = len(receiving.sent)
                answer = await replay(MODERATOR, since="2020-01-01", party_id=party["id"])
                assert answer.json() == {"parties": 1}
                assert await wait_for(receiving, party["id"], last, first) == list(range(1, last + 1))
                assert other["id"] not in seqs(receiving, first)
                first = len(receiving.sent)
                assert (await replay(MODERATOR, since=since, party_id=party["id"])).json() == {"parties": 1}
                assert (await wait_for(receiving, party["id"], last, first))[-1] == last
                assert (await replay(MODERATOR, since="2020-01-01")).json() == {"parties": 2}
                assert await wait_for(receiving, other["id"], 1, first)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"events_secret": "short"}, "LOBBY_EVENTS_SECRET"),
        ({"events_url": "ftp://x", "events_secret": SECRET}, "LOBBY_EVENTS_URL"),
        ({"events_secret": SECRET, "events_retry_h": 25}, "LOBBY_EVENTS_RETRY_H"),
    ],
)
async def test_a_setting_that_is_not_valid_is_named(settings: dict[str, Any], named: str) -> None:
    shared = SharedWithTransports(Turns(), ThrottleLog(), LoopLag(), lambda: Histogram((1.0,)))
    with pytest.raises(ValueError, match=named):
        async with open_container(Settings(**{"store": "memory://", "events_url": "http://x", **settings}), shared):
            pass


async def test_the_receiver_of_the_page_takes_events(tmp_path: Path) -> None:
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path / "receiver.py"
    script.write_text(
        program.replace(".serve_forever()", "").replace("http.server.Thr", "server = http.server.Thr")
        + ("print(server.server_address[1], flush=True)\nserver.serve_forever()\n")
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        env={"LOBBY_EVENTS_SECRET": SECRET, "PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            url = f"http://127.0.0.1:{int(await process.stdout.readline())}"
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.post(url, content=b"{}", headers=FORGED)).status_code == 401
            with lobby(events_url=url, **SETTINGS) as address:
                async with http_client(address, DOCUMENTS) as http:
                    party = await party_of(await guest(http, address))
                    assert (await process.stdout.readline()).decode().split() == [f"{party['id']}.1", "PartyCreated"]
    finally:
        process.kill()
        await process.wait()


FORGED = {"webhook-id": "p.1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
