"""The protocol's own JavaScript client, npm's graphql-ws, plays along unchanged."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS, EVENT_WAIT_S, Player
from tests.needs import ROOT, needs
from tools.demo.address import Address
from tools.demo.answers import Answer

SCRIPT = ROOT / "tests/js/play.mjs"


async def test_the_javascript_client_joins_plays_and_leaves(ada: Player, address: Address) -> None:
    node = needs("node")
    needs("tests/js")
    party = await party_of(ada)
    async with ada.watching(partyId=party["id"]) as watch:
        await watch.until_type("PartySnapshot")
        playing = asyncio.create_task(run_script(node, address, party["joinCode"]))
        ready = await watch.until_type("MemberUpdated")
        assert (ready["member"]["characterClass"], ready["member"]["ready"]) == ("Bard", True)
        started = await ada.does("StartSession", partyId=party["id"])
        await watch.until_type("SessionStarted")
        await ada.does("CompleteSession", sessionId=started["session"]["id"])
        await watch.until_type("MemberLeft")
        seen = await playing
    assert [event["__typename"] for event in seen] == [
        "MemberUpdated",
        "CountdownStarted",
        "SessionStarted",
        "SessionEnded",
        "MemberLeft",
        "Removed",
    ]
    assert seen[2]["ticket"]["token"]
    assert [event["seq"] for event in seen[:-1]] == [event["seq"] for event in watch.events[2:]]


async def run_script(node: Path, address: Address, code: str) -> list[Answer]:
    """The events that it printed. Its own words when it fails."""
    arguments = [str(node), str(SCRIPT), address.socket, code]
    script = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(EVENT_WAIT_S):
            out, complaint = await script.communicate(json.dumps(DOCUMENTS).encode())
    finally:
        if script.returncode is None:
            script.kill()
            await script.wait()
    assert script.returncode == 0, complaint.decode()
    return [json.loads(line) for line in out.decode().splitlines()]
