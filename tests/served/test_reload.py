"""SIGHUP: keys and issuers are read again, and no socket closes for it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx
import pytest

from lobby.auth.api_keys import hash_key, new_key
from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS
from tests.lobby.auth.external.fake_issuer import AUDIENCE, publishing
from tests.served.lobby import guests
from tests.served.process import ServerProcess, server_process
from tests.waiting import wait_until
from tools.demo.http_client import http_client

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
OLD, NEW = new_key("operator"), new_key("operator")
ME = {"query": "{ me { id } }"}


async def hang_up(server: ServerProcess, said: str) -> None:
    """Return when the log has said this."""
    server.hang_up()

    async def is_said() -> bool:
        return said in server.log.decode()

    await wait_until(is_said)


async def test_keys_and_issuers_change_and_open_streams_go_on(tmp_path: Path) -> None:
    keys, issuers = tmp_path / "keys", tmp_path / "issuers"
    keys.write_text(json.dumps([hash_key(OLD)]))
    issuers.write_text("[]")
    with publishing() as publisher:
        async with (
            server_process(tmp_path / "lobby.db", operator_keys_file=keys, issuers_file=issuers) as server,
            http_client(server.address, DOCUMENTS) as http,
            httpx.AsyncClient(base_url=server.address.base) as client,
        ):

            async def status(key: str) -> int:
                return (await client.get("/metrics", headers={"Authorization": f"Bearer {key}"})).status_code

            token = {"Authorization": f"Bearer {publisher.token()}"}
            (ann,) = await guests(http, server.address, 1)
            party = await party_of(ann)
            async with ann.watching(partyId=party["id"]) as watch:
                assert (await status(OLD), await status(NEW)) == (200, 401)
                assert "errors" in (await client.post("/graphql", json=ME, headers=token)).json()

                keys.write_text(json.dumps([hash_key(NEW)]))
                issuer = {
                    "issuer": publisher.issuer,
                    "audiences": [AUDIENCE],
                    "jwks_url": f"{publisher.url}/jwks",
                    "refresh_min_s": 0.1,
                }
                issuers.write_text(json.dumps([issuer]))
                await hang_up(server, "read the settings anew: LOBBY_ISSUERS, LOBBY_OPERATOR_KEYS")
                assert (await status(OLD), await status(NEW)) == (401, 200)
                assert (await client.post("/graphql", json=ME, headers=token)).json()["data"]["me"]

                keys.write_text("not JSON")
                await hang_up(server, "the settings were not read anew: LOBBY_OPERATOR_KEYS_FILE: can't use")
                assert await status(NEW) == 200

                keys.write_text(json.dumps([hash_key(NEW)]))
                issuers.write_text("[]")
                await hang_up(server, "read the settings anew: LOBBY_ISSUERS\n")
                assert "errors" in (await client.post("/graphql", json=ME, headers=token)).json()

                said = await ann.does("PostMessage", partyId=party["id"], text="still here")
                assert (await watch.until_seq(said["seq"]))["text"] == "still here"
