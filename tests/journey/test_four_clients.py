"""Four players on four kinds of client play together and receive the same events."""

from __future__ import annotations

import anyio.to_thread
import httpx
import jwt

from tests.journey.listeners import over_events, over_updates
from tests.journey.players import Player, Watch, watching
from tests.journey.together import Rest, all_hear, bram_over_socket, cleo_by_rest, expect_agreement
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.socket_client import SocketClient

__all__ = ["bram_over_socket", "cleo_by_rest"]

ENDPOINT = {"relayCode": "K7WQ2D", "protocol": "relay"}


async def test_two_on_graphql_one_on_rest_and_one_on_events_are_told_the_same_of_two_runs(
    ada: Player, bram_over_socket: tuple[Player, SocketClient], cleo: Player, cleo_by_rest: Rest, dov: Player
) -> None:
    bram, socket = bram_over_socket
    created = (await ada.does("CreateParty", settings={"name": "Four of a kind", "countdownSeconds": 0}))["party"]
    party_id, code = created["id"], created["joinCode"]
    async with ada.watching(partyId=party_id, after=created["cursor"]) as ada_hears:
        joined = (await bram.does("JoinByCode", joinCode=code, characterClass="Mage"))["party"]
        async with watching(socket, "WatchParty", {"partyId": party_id, "after": joined["cursor"]}) as bram_hears:
            place = (await cleo_by_rest.post(f"/party/{code}/join", character_class="Bard"))["party"]["cursor"]
            async with over_updates(cleo, party_id, place) as cleo_heard:
                session = await started(ada, party_id, ada_hears, bram_hears, cleo_heard)
                late = await dov.does("JoinById", partyId=party_id, characterClass="Cook")
                await expect_admitted(dov, late["ticket"], session)
                async with over_events(dov, party_id, late["party"]["cursor"]) as dov_heard:
                    updated = await ada.does("UpdateSession", sessionId=session, floor=2, endpoint=ENDPOINT)
                    await all_hear(updated["seq"], ada_hears, bram_hears, cleo_heard, dov_heard)
            # Both are cut off, and something happens before they are back.
            for words in ("Are you there?", "Hello?"):
                await bram.does("PostMessage", partyId=party_id, text=words)
            await ada.does("UpdateSession", sessionId=session, floor=3)
            async with (
                over_updates(cleo, party_id, cleo_heard.events[-1]["cursor"]) as cleo_hears,
                over_events(dov, party_id, dov_heard.events[-1]["cursor"]) as dov_hears,
            ):
                hearing = (ada_hears, bram_hears, cleo_hears, dov_hears)
                completed = await ada.does("CompleteSession", sessionId=session, outcome="the dragon sleeps")
                await all_hear(completed["seq"], *hearing)
                again = await started(ada, party_id, *hearing)
                assert again != session
                await ada.does("CompleteSession", sessionId=again, outcome="one more dragon")
                await ada.does("PromoteMember", partyId=party_id, playerId=bram.id)
                await bram.does("KickMember", partyId=party_id, playerId=dov.id)
                await dov_hears.until_end()
                await cleo_by_rest.post(f"/party/{party_id}/leave")
                await cleo_hears.until_end()
                await bram.does("DisbandParty", partyId=party_id)
                await ada_hears.until_end()
                await bram_hears.until_end()
    of_cleo, of_dov = cleo_heard.events + cleo_hears.events, dov_heard.events + dov_hears.events
    assert [events[-1]["__typename"] for events in (ada_hears.events, bram_hears.events, of_cleo, of_dov)] == [
        "Removed"
    ] * 4
    expect_agreement([ada_hears.events, bram_hears.events, of_dov], of_cleo)


async def started(leader: Player, party_id: str, *watches: Watch) -> str:
    """The id of a running session. Each player in it has an own ticket, and a game server accepts it."""
    begun = await leader.does("StartSession", partyId=party_id, force=True)
    session: str = begun["session"]["id"]
    admitted = set()
    for watch in watches:
        await watch.until(
            lambda watch=watch: any(  # type: ignore[misc]
                event["__typename"] == "SessionStarted" and event["seq"] > begun["seq"] for event in watch.events
            )
        )
        ticket = (await watch.until_type("SessionStarted"))["ticket"]
        player_id, entered = await anyio.to_thread.run_sync(let_in, leader.address, ticket["token"])
        assert entered == session
        admitted.add(player_id)
    assert len(admitted) == len(watches)
    return session


async def expect_admitted(player: Player, ticket: Answer, session: str) -> None:
    admitted = await anyio.to_thread.run_sync(let_in, player.address, ticket["token"])
    assert admitted == (player.id, session)


def let_in(address: Address, ticket: str) -> tuple[str, str]:
    """The player and session of a ticket, checked as a game server does: offline, with the published keys."""
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{address.base}/.well-known/jwks.json", trust_env=False).json())
    claims = jwt.decode(ticket, keys[jwt.get_unverified_header(ticket)["kid"]])
    return claims["sub"], claims["session"]
