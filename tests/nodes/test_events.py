"""Events over two servers: one of them sends, and when it is gone, the other one goes on."""

from __future__ import annotations

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, guest
from tests.lobby.allocators.receiver import receiver
from tests.served.lobby import lobby
from tests.served.test_events import SECRET, post, seqs, wait_for
from tools.chaos.valkey.server import ValkeyServer
from tools.demo.http_client import http_client


async def test_one_server_sends_and_the_other_one_takes_over(valkey: ValkeyServer) -> None:
    with receiver() as receiving:
        settings = {
            "store": valkey.url,
            "secret": "the secret of both of the two nodes",
            "events_url": receiving.url,
            "events_secret": SECRET,
            "events_timeout_s": 1,
        }
        with lobby(**settings) as there:
            with lobby(**settings) as here:
                async with http_client(here, DOCUMENTS) as http:
                    ann = await guest(http, here)
                    party = await party_of(ann)
                    last = await post(ann, party["id"], "one", "two")
                    assert await wait_for(receiving, party["id"], last) == list(range(1, last + 1))
                    came = seqs(receiving)[party["id"]]
                    assert len(came) == len(set(came)), "one server sends"
            async with http_client(there, DOCUMENTS) as http:
                bob = await guest(http, there)
                await bob.does("JoinById", partyId=party["id"])
                last = await post(bob, party["id"], "three")
                assert (await wait_for(receiving, party["id"], last))[-1] == last
                assert sorted(set(seqs(receiving)[party["id"]]))[:last] == list(range(1, last + 1))
