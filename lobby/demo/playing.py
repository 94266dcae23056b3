"""The later acts: a run with a late joiner, one more, and the way out."""

from __future__ import annotations

from lobby.demo.answers import accepted, expect
from lobby.demo.bot import Bot
from lobby.demo.stage import Stage


async def play_with_a_late_join(stage: Stage) -> None:
    """Countdown, session, the host's relay code, a late joiner, a floor, the end."""
    stage.screen.heading("Playing")
    ada, bram, cleo, dov = stage.players.all
    await _start(stage, ada, bram, cleo)
    endpoint = {"relayCode": "DEMO42", "protocol": "relay"}
    await ada.do("UpdateSession", sessionId=stage.session_id, endpoint=endpoint)
    stage.screen.step("Ada's game hosts, and reports its relay code.")
    wanted = {"nameContains": stage.party_name, "allowLateJoin": True}
    joined = await dov.do("QuickJoin", filter=wanted, characterClass=stage.classes[3])
    stage.enter(dov, joined)
    expect(joined["ticket"], "a late joiner gets a ticket at once")
    stage.screen.step("Dov joined late by quick join, and has a ticket at once.")
    await ada.do("UpdateSession", sessionId=stage.session_id, floor=2)
    await _complete(stage, "the dragon sleeps")


async def play_again(stage: Stage) -> None:
    """The party has stayed together: ready, start, done."""
    stage.screen.heading("Playing again")
    await stage.ready(*stage.players.all[1:])
    await _start(stage, *stage.players.all)
    dov = stage.players.dov
    again = accepted(await dov.ask("JoinSession", input={"sessionId": stage.session_id}))
    stage.screen.step(f"Dov asked for the ticket again: a fresh one, until {again['ticket']['expiresAt']}.")
    await _complete(stage, "one more dragon")


async def leave(stage: Stage) -> None:
    """One after the other; the last one out closes the party."""
    stage.screen.heading("Leaving")
    for bot in reversed(stage.players.all):
        await bot.do("LeaveParty", partyId=stage.party_id)
        await bot.out()
    stage.screen.step("All have left, and the stream of each has said so and ended.")


async def _start(stage: Stage, *here: Bot) -> None:
    started = await stage.players.ada.do("StartSession", partyId=stage.party_id)
    stage.session_id = started["session"]["id"]
    async with stage.screen.waiting(f"the countdown of {stage.countdown_s} s"):
        for bot in here:
            await bot.until(lambda party: party["state"] == "IN_PROGRESS")
    expect(all(_has_ticket(bot, stage.session_id) for bot in here), "each player has a ticket of one's own")
    stage.screen.step("The session runs, and each has a ticket of one's own.")


def _has_ticket(bot: Bot, session_id: str) -> bool:
    started = [event for event in bot.seen if event["__typename"] == "SessionStarted"]
    return any(event["session"]["id"] == session_id and event["ticket"] for event in started)


async def _complete(stage: Stage, outcome: str) -> None:
    ada = stage.players.ada
    completed = await ada.do("CompleteSession", sessionId=stage.session_id, outcome=outcome)
    await stage.players.caught_up(completed["seq"])
    stage.screen.step(f"The run is complete, and the party is {completed['party']['state']} again.")
