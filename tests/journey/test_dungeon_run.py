"""Four players on four kinds of client play two runs on real game servers: everything from the party to the party again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.journey.dungeon import KEY, SECRET, InGame, allocation_service
from tests.journey.listeners import over_events, over_updates
from tests.journey.players import Player, Watch, watching
from tests.journey.together import Rest, bram_over_socket, cleo_by_rest, expect_agreement, expect_endpoint_inside_only
from tests.serving import served
from tools.chaos.ports import free_ports
from tools.demo.address import Address
from tools.demo.answers import Answer
from tools.demo.socket_client import SocketClient
from web.app import create_app
from web.settings.settings import Settings

__all__ = ["bram_over_socket", "cleo_by_rest"]


@pytest.fixture(scope="module")
def allocation_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def address(allocation_port: int) -> Iterator[Address]:
    """A lobby that asks an allocation service, and knows its game servers by their key. Its rate limits are the defaults, which
    players never reach."""
    settings = Settings(
        store="memory://",
        rate_limits=True,
        service_key=KEY,
        allocator="webhook",
        allocator_url=f"http://127.0.0.1:{allocation_port}/",
        allocator_secret=SECRET,
    )
    app = create_app(settings)
    with served(app, drain=app.drain) as url:
        yield Address(url)


@pytest.fixture
async def service(address: Address, allocation_port: int) -> AsyncIterator[None]:
    async with allocation_service(address, allocation_port):
        yield


async def test_four_kinds_of_client_play_two_runs_on_real_game_servers_and_are_told_the_same(
    service: None,
    ada: Player,
    bram_over_socket: tuple[Player, SocketClient],
    cleo: Player,
    cleo_by_rest: Rest,
    dov: Player,
) -> None:
    bram, socket = bram_over_socket
    created = (await ada.does("CreateParty", settings={"name": "Delvers", "countdownSeconds": 0}))["party"]
    party_id, code = created["id"], created["joinCode"]
    async with ada.watching(partyId=party_id, after=created["cursor"]) as ada_hears:
        joined = (await bram.does("JoinByCode", joinCode=code, characterClass="Mage"))["party"]
        async with watching(socket, "WatchParty", {"partyId": party_id, "after": joined["cursor"]}) as bram_hears:
            place = (await cleo_by_rest.post(f"/party/{code}/join", character_class="Bard"))["party"]["cursor"]
            async with over_updates(cleo, party_id, place) as cleo_heard:
                run = await begun(ada, party_id, ada_hears, bram_hears, cleo_heard)
                first = run["endpoint"]
                games = [await let_in(watch, first) for watch in (ada_hears, bram_hears, cleo_heard)]
                assert [game.greeting[1:] for game in games] == [[ada.id, "-"], [bram.id, "Mage"], [cleo.id, "Bard"]]
                await expect_only_good_tickets_count(ada_hears, first)
                late = await dov.does("JoinById", partyId=party_id, characterClass="Cook")
                async with over_events(dov, party_id, late["party"]["cursor"]) as dov_heard:
                    dov_plays = await InGame.enters(first, late["ticket"]["token"])
                    assert dov_plays.greeting == ["welcome", dov.id, "Cook"]
                    games[0].does("floor 2")
                    await floor_reached(2, ada_hears, bram_hears, cleo_heard, dov_heard)
            # Cleo and Dov lose the lobby, Bram's game crashes, and the run goes on.
            await games[1].crashes()
            await bram.does("PostMessage", partyId=party_id, text="My game crashed!")
            games[0].does("floor 3")
            await floor_reached(3, ada_hears, bram_hears)
            again = await bram.does("JoinSession", sessionId=run["id"])
            bram_plays = await InGame.enters(again["session"]["endpoint"], again["ticket"]["token"])
            assert bram_plays.greeting == ["welcome", bram.id, "Mage"]
            async with (
                over_updates(cleo, party_id, cleo_heard.events[-1]["cursor"]) as cleo_hears,
                over_events(dov, party_id, dov_heard.events[-1]["cursor"]) as dov_hears,
            ):
                hearing = (ada_hears, bram_hears, cleo_hears, dov_hears)
                dov_plays.does("quit")
                await dov_hears.until(lambda: inside(dov_hears) == [ada.id, bram.id, cleo.id])
                assert dov.id in [member["player"]["id"] for member in dov_hears.events[-1]["party"]["members"]]
                games[0].does("win the dragon sleeps")
                for watch in hearing:
                    ended = await event_of(watch, "SessionEnded", run["id"])
                    assert (ended["session"]["status"].upper(), ended["session"]["floor"]) == ("COMPLETE", 3)
                    assert ended["session"]["outcome"] == "the dragon sleeps"
                    assert ended["party"]["state"].upper() == "WAITING"
                await asyncio.gather(*(game.until_end() for game in (games[0], bram_plays, games[2], dov_plays)))
                second = await begun(ada, party_id, *hearing)
                assert (second["id"] != run["id"], second["endpoint"] != first) == (True, True)
                games = [await let_in(watch, second["endpoint"]) for watch in hearing]
                assert [game.greeting[0] for game in games] == ["welcome"] * 4
                games[3].does("win one more dragon")
                for watch in hearing:
                    await event_of(watch, "SessionEnded", second["id"])
                await asyncio.gather(*(game.until_end() for game in games))
                await ada.does("PromoteMember", partyId=party_id, playerId=bram.id)
                await bram.does("KickMember", partyId=party_id, playerId=dov.id)
                await dov_hears.until_end()
                await cleo_by_rest.post(f"/party/{party_id}/leave")
                await cleo_hears.until_end()
                await bram.does("DisbandParty", partyId=party_id)
                await ada_hears.until_end()
                await bram_hears.until_end()
    of_cleo, of_dov = cleo_heard.events + cleo_hears.events, dov_heard.events + dov_hears.events
    for player, events in ((ada, ada_hears.events), (bram, bram_hears.events), (dov, of_dov)):
        expect_endpoint_inside_only(player.id, events)
    expect_agreement([ada_hears.events, bram_hears.events, of_dov], of_cleo)


async def begun(leader: Player, party_id: str, *watches: Watch) -> Answer:
    """The session as GraphQL shows it, when all followers know its endpoint."""
    started = await leader.does("StartSession", partyId=party_id, force=True)
    told = [await event_of(watch, "SessionStarted", started["session"]["id"]) for watch in watches]
    places = {(event["session"]["endpoint"]["address"], event["session"]["endpoint"]["port"]) for event in told}
    assert len(places) == 1
    session: Answer = {**started["session"], "endpoint": told[0]["session"]["endpoint"]}
    return session


async def event_of(watch: Watch, kind: str, session_id: str) -> Answer:
    """The event of this type about this session, over any transport."""

    def is_it(event: Answer) -> bool:
        session = event.get("session") or {}
        return event["__typename"] == kind and session_id in (session.get("id"), session.get("session_id"))

    await watch.until(lambda: any(map(is_it, watch.events)))
    return next(filter(is_it, watch.events))


async def let_in(watch: Watch, endpoint: Answer) -> InGame:
    """Into the run that was started last, with the ticket that came with its start."""
    return await InGame.enters(endpoint, (await watch.until_type("SessionStarted"))["ticket"]["token"])


async def expect_only_good_tickets_count(watch: Watch, endpoint: Answer) -> None:
    """One that is spent, and one whose claims were changed, whose signature then is another's."""
    ticket = (await watch.until_type("SessionStarted"))["ticket"]["token"]
    head, claims, signature = ticket.split(".")
    forged = f"{head}.{claims[:-2]}AA.{signature}"
    greetings = [(await InGame.enters(endpoint, shown)).greeting for shown in (ticket, forged, "nonsense", "")]
    assert greetings == [["no", "TICKET_SPENT"], *[["no", "bad", "ticket"]] * 3]


async def floor_reached(floor: int, *watches: Watch) -> None:
    for watch in watches:
        await watch.until(lambda watch=watch: watch.events[-1].get("session", {}).get("floor", 0) >= floor)  # type: ignore[misc]


def inside(watch: Watch) -> list[str]:
    """The players in the session, from the last event with a session."""
    told = [event["session"] for event in watch.events if event.get("session") is not None]
    return [player["id"] for player in told[-1]["players"]] if told else []
