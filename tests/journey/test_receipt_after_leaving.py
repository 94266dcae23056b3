"""The receipt of a run is for all who were in it, also for those who have left the private party since."""

from __future__ import annotations

import pytest

from tests.journey.parties import session_of
from tests.journey.players import DOCUMENTS, guest
from tests.served.lobby import lobby
from tools.demo.http_client import http_client

MEMBERS = {
    "Members": "query Members($id: ID!) { session(id: $id) { party { session { id } members { player { displayName } } } } }"
}


@pytest.mark.parametrize("leaves_before_the_end", [False, True])
async def test_who_left_a_private_party_reads_the_receipt_and_nothing_newer(leaves_before_the_end: bool) -> None:
    with lobby() as address:
        async with http_client(address, DOCUMENTS | MEMBERS) as http:
            ada, bram, cleo, dora = [await guest(http, address) for _ in range(4)]
            party, session = await session_of(ada, bram, cleo, visibility="PRIVATE")
            await cleo.does("LeaveSession", sessionId=session["id"])
            if leaves_before_the_end:
                await bram.does("LeaveParty", partyId=party["id"])
                assert await bram.ask("Session", id=session["id"]) is None, "it runs without him"
            await ada.does("CompleteSession", sessionId=session["id"], outcome="won")
            if not leaves_before_the_end:
                await bram.does("LeaveParty", partyId=party["id"])
            await dora.does("JoinByCode", joinCode=party["joinCode"])
            expected = (await ada.ask("Session", id=session["id"]))["receipt"]

            seen = await bram.ask("Session", id=session["id"])
            assert expected
            assert seen["receipt"] == expected
            assert await dora.ask("Party", id=party["id"]) is not None
            assert await (await guest(http, address)).ask("Session", id=session["id"]) is None, "a stranger"
            left = (await bram.ask("Members", id=session["id"]))["party"]
            names = [member["player"]["displayName"] for member in left["members"]]
            assert names == [ada.name, cleo.name], "as it was when he left, without Dora"
