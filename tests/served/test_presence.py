"""The presence of members, as the others see it."""

from __future__ import annotations

import asyncio
import time

from tests.journey.parties import party_of, ready, session_of
from tests.journey.players import Player, Watch
from tests.served.lobby import LEADER_IDLE_S
from tests.waiting import wait_until
from tools.demo.answers import Answer


def connection(event: Answer, player: Player) -> str | None:
    """The player's link to the server after this event; None for who is no member."""
    found = (member for member in event["party"]["members"] if member["player"]["id"] == player.id)
    return next((str(member["connection"]) for member in found), None)


async def sees(watch: Watch, player: Player, wanted: str | None) -> Answer:
    """The first event after which the player is so."""
    await watch.until(lambda: any(connection(event, player) == wanted for event in watch.events))
    return next(event for event in watch.events if connection(event, player) == wanted)


async def sees_going(watch: Watch, player: Player) -> Answer:
    return await sees(watch, player, "DISCONNECTED")


async def test_a_player_is_there_while_any_device_is_and_is_told_off_when_none_is(ada: Player, bram: Player) -> None:
    party_id = (await party_of(ada, bram))["id"]
    async with ada.watching(partyId=party_id) as watch, bram.watching(partyId=party_id) as phone:
        async with bram.watching(partyId=party_id) as laptop:
            await phone.until_type("PartySnapshot")
            await laptop.until_type("PartySnapshot")
        said = await ada.does("PostMessage", partyId=party_id, text="one device is gone")
        await watch.until_seq(said["seq"])
        assert "MemberConnectionChanged" not in watch.types
    async with ada.watching(partyId=party_id) as watch:
        going = await sees_going(watch, bram)
        seat = next(m for m in going["party"]["members"] if m["player"]["id"] == bram.id)
        assert seat["removeAt"] is not None


async def test_who_does_not_come_back_is_timed_out_and_hears_of_it_later(ada: Player, bram: Player) -> None:
    party_id = (await party_of(ada, bram))["id"]
    async with ada.watching(partyId=party_id) as watch:
        async with bram.watching(partyId=party_id) as short:
            last = await short.until_type("PartySnapshot")
        left = await watch.until_type("MemberLeft")
        assert (left["player"]["id"], left["leaveReason"]) == (bram.id, "TIMED_OUT")
        async with bram.watching(partyId=party_id, after=last["cursor"]) as late:
            await late.until_end()
            assert late.types[-2:] == ["MemberLeft", "Removed"]
            assert late.events[-1]["leaveReason"] == "TIMED_OUT"


async def test_who_comes_back_in_time_finds_everything_as_it_was(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    await bram.does("UpdateMember", partyId=party["id"], characterClass="Knight")
    await ready(party, bram)
    async with ada.watching(partyId=party["id"]) as watch:
        async with bram.watching(partyId=party["id"]) as tunnel:
            last = await tunnel.until_type("PartySnapshot")
        await sees_going(watch, bram)
        async with bram.watching(partyId=party["id"], after=last["cursor"]) as back:
            await back.until(lambda: any(connection(event, bram) == "CONNECTED" for event in back.events))
            seat = next(m for m in back.events[-1]["party"]["members"] if m["player"]["id"] == bram.id)
            assert (seat["characterClass"], seat["ready"], seat["removeAt"]) == ("Knight", True, None)
            assert "PartySnapshot" not in back.types


async def test_the_lead_moves_after_its_grace_and_is_not_handed_back(ada: Player, bram: Player) -> None:
    party_id = (await party_of(ada, bram))["id"]
    async with bram.watching(partyId=party_id) as watch:
        async with ada.watching(partyId=party_id) as leading:
            await leading.until_type("PartySnapshot")
        moved = await watch.until_type("LeaderChanged")
        assert (moved["previous"]["id"], moved["leader"]["id"], moved["leaderReason"], moved["term"]) == (
            ada.id,
            bram.id,
            "LEADER_DISCONNECTED",
            2,
        )
        async with ada.watching(partyId=party_id) as back:
            await sees(back, ada, "CONNECTED")
            refusal = await ada.tries("UpdateParty", partyId=party_id, settings={"name": "Mine still"})
            assert refusal["code"] == "NOT_LEADER"
            assert watch.types.count("LeaderChanged") == 1


async def test_the_lead_can_be_claimed_from_a_leader_who_lets_the_others_wait(ada: Player, bram: Player) -> None:
    party = await party_of(ada, bram)
    async with ada.watching(partyId=party["id"]) as watch, bram.watching(partyId=party["id"]):
        await watch.until_type("PartySnapshot")
        began_at_s = time.monotonic()
        await ready(party, bram)
        early = await bram.tries("ClaimLeadership", partyId=party["id"])
        if early["__typename"] == "PartyChanged":
            assert time.monotonic() - began_at_s >= LEADER_IDLE_S, "only a machine that slow makes a claim due at once"
            claimed = early
        else:
            assert (early["code"], early["retryable"]) == ("NOT_READY", True)
            assert 0 < early["retryAfterMs"] <= LEADER_IDLE_S * 1000
            await asyncio.sleep(early["retryAfterMs"] / 1000)
            claimed = await bram.does("ClaimLeadership", partyId=party["id"])
        await watch.until_seq(claimed["seq"])
        assert (await watch.until_type("LeaderChanged"))["leaderReason"] == "LEADER_IDLE"


async def test_a_player_who_only_makes_requests_is_there_for_a_while_after_each(ada: Player, bram: Player) -> None:
    party_id = (await party_of(ada))["id"]
    async with ada.watching(partyId=party_id) as watch:
        await watch.until_type("PartySnapshot")
        await bram.does("JoinById", partyId=party_id)
        await sees_going(watch, bram)
        await bram.ask("Me")
        await watch.until(lambda: connection(watch.events[-1], bram) == "CONNECTED")
        assert (await watch.until_type("MemberLeft"))["leaveReason"] == "TIMED_OUT"


async def test_a_party_that_all_have_lost_expires(ada: Player, bram: Player, cleo: Player) -> None:
    party_id = (await party_of(ada, bram))["id"]
    assert (await cleo.ask("Party", id=party_id))["state"] == "WAITING"

    async def is_gone() -> bool:
        return await cleo.ask("Party", id=party_id) is None

    await wait_until(is_gone)
    late = await cleo.tries("JoinById", partyId=party_id)
    assert late["code"] == "PARTY_CLOSED"
    assert (await bram.ask("Party", id=party_id))["state"] == "CLOSED"


async def test_a_run_that_all_have_lost_is_abandoned_and_the_party_expires(
    ada: Player, bram: Player, cleo: Player
) -> None:
    party, session = await session_of(ada, bram)

    async def is_gone() -> bool:
        return await cleo.ask("Party", id=party["id"]) is None

    await wait_until(is_gone)
    assert (await cleo.ask("Session", id=session["id"]))["status"] == "ABANDONED"


async def test_who_moves_to_another_party_stays_connected_in_it(ada: Player, bram: Player, cleo: Player) -> None:
    old, new = await party_of(ada, bram), await party_of(cleo)
    async with cleo.watching(partyId=new["id"]) as watch:
        await watch.until_type("PartySnapshot")
        async with bram.watching(partyId=old["id"]) as leaving:
            await leaving.until_type("PartySnapshot")
            moved = await bram.does("JoinById", partyId=new["id"], leaveCurrent=True)
            await leaving.until_end()
            assert leaving.types[-2:] == ["MemberLeft", "Removed"]
        async with bram.watching(partyId=new["id"]) as staying:
            await staying.until_type("PartySnapshot")
            await watch.until_seq(moved["seq"])
            said = await cleo.does("PostMessage", partyId=new["id"], text="welcome")
            await watch.until_seq(said["seq"])
            assert "MemberConnectionChanged" not in watch.types
