"""The journey of the demo, act by act, from creating a party to the last player who leaves it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import jwt

from tools.demo.address import Address
from tools.demo.answers import Answer, Rejected, expect, or_raise
from tools.demo.bot import Bot
from tools.demo.finding import find_each_other
from tools.demo.game import Game
from tools.demo.http_client import http_client
from tools.demo.players import Players, Stage, member_of, open_players
from tools.demo.record import LEGEND
from tools.demo.screen import GREEN, Screen

CLIENT_VERSION = "1.0"
"""The version of the game that all bots run."""
LOAD_WAIT_S = 30
SAVED_STATE = '{"dragons": 1, "torches": 3}'
LABEL = "before the last dragon"


async def play(address: Address, documents: Mapping[str, str], screen: Screen, countdown_s: int) -> None:
    """Play all acts, and show each step on the screen. Raises the errors of `answers`, alone or in a group."""
    async with http_client(address, documents) as http:
        server_info = await http.run("ServerInfo")
        screen.line(f"AdventureBot2 lobby server {server_info['version']} at {address.base}")
        async with open_players(address, http, documents, screen) as players:
            screen.step(f"Signed in as guests: {', '.join(bot.name for bot in players.all)}")
            stage = Stage(players, screen, server_info, countdown_s)
            for act in ACTS:
                await act(stage)
        _show_record(players, screen)


async def gather(stage: Stage) -> None:
    """Ada creates a party, Bram finds it in the list, Cleo joins by its code."""
    stage.screen.heading("Gathering")
    ada, bram, cleo, _ = stage.players.all
    settings = {"name": stage.party_name, "countdownSeconds": stage.countdown_s}
    created = await ada.mutate("CreateParty", settings=settings, clientVersion=CLIENT_VERSION)
    stage.party_id, code = created["party"]["id"], created["party"]["joinCode"]
    stage.screen.step(f"Ada created {stage.party_name!r} over HTTP. Its code is {code}.")
    stage.players.follow(ada, stage.party_id, cursor=None)
    await _join_by_id_twice(stage, bram, await _find_in_list(stage, bram))
    typed = f"{code[:3]}-{code[3:]}".lower()
    joined = await cleo.mutate("JoinByCode", joinCode=typed, clientVersion=CLIENT_VERSION)
    stage.enter(cleo, joined)
    stage.screen.step(f"Cleo joined by the code, typed as {typed!r}.")
    await stage.players.wait_seq(joined["seq"], ada, bram, cleo)


async def get_ready(stage: Stage) -> None:
    """Players choose classes; a change of the settings clears every ready; then all get ready."""
    stage.screen.heading("Getting ready")
    ada, bram, cleo, _ = stage.players.all
    for bot, name in zip((ada, bram, cleo), stage.classes, strict=False):
        await bot.mutate("UpdateMember", partyId=stage.party_id, characterClass=name)
    await stage.get_ready(bram)
    settings = {"difficulty": stage.hardest}
    changed = await ada.mutate("UpdateParty", partyId=stage.party_id, settings=settings)
    await stage.players.wait_seq(changed["seq"], ada, bram, cleo)
    expect(not member_of(bram.party, bram)["ready"], "a change that affects play clears every ready")
    stage.screen.step(f"Ada chose {stage.hardest}, so Bram, who was ready, is asked again.")
    await stage.get_ready(bram, cleo)


async def lose_a_connection(stage: Stage) -> None:
    """Cleo loses the connection while the others talk, comes back, and has missed nothing."""
    stage.screen.heading("A lost connection")
    ada, bram, cleo, _ = stage.players.all
    with cleo.socket.offline():
        await ada.wait_party(lambda party: member_of(party, cleo)["connection"] == "DISCONNECTED")
        posted = await bram.mutate("PostMessage", partyId=stage.party_id, text="Where is Cleo?")
        await stage.players.wait_seq(posted["seq"], ada, bram)
        stage.players.record.comes_back(cleo.name)
    async with stage.screen.waiting("Cleo connects again and resumes with the cursor"):
        await ada.wait_party(lambda party: member_of(party, cleo)["connection"] == "CONNECTED")
        await stage.players.wait_seq(ada.party["version"], bram, cleo)
    expect(member_of(cleo.party, cleo)["ready"], "a player who comes back in time is still ready")
    stage.screen.step("Cleo is back, received everything that happened in between, and is still ready.")


async def play_with_a_late_join(stage: Stage) -> None:
    """A countdown, a session, the host's relay code, a late joiner, a floor, and the end."""
    stage.screen.heading("Playing")
    ada, bram, cleo, dov = stage.players.all
    await _start(stage, ada, bram, cleo)
    endpoint = {"relayCode": "DEMO42", "protocol": "relay"}
    await ada.mutate("UpdateSession", sessionId=stage.session_id, endpoint=endpoint)
    stage.screen.step("Ada's game hosts, and reports its relay code.")
    filter_ = {"nameContains": stage.party_name, "allowLateJoin": True}
    own = {"characterClass": stage.classes[3], "clientVersion": CLIENT_VERSION}
    joined = await dov.mutate("QuickJoin", filter=filter_, **own)
    stage.enter(dov, joined)
    expect(joined["ticket"], "a late joiner gets a ticket at once")
    stage.screen.step("Dov joined late by quick join, and has a ticket at once.")
    await ada.mutate("UpdateSession", sessionId=stage.session_id, floor=2)
    await _complete(stage, "the dragon sleeps")


async def play_again(stage: Stage) -> None:
    """The party stays together for a second session, which begins for all at once."""
    stage.screen.heading("Playing again")
    ada = stage.players.ada
    await ada.mutate("UpdateParty", partyId=stage.party_id, settings={"loadWaitSeconds": LOAD_WAIT_S})
    await stage.get_ready(*stage.players.all[1:])
    await _start(stage, *stage.players.all)
    dov = stage.players.dov
    again = or_raise(await dov.query("JoinSession", input={"sessionId": stage.session_id}))
    stage.screen.step(f"Dov asked for the ticket again: a fresh one, until {again['ticket']['expiresAt']}.")
    await _load(stage)
    await _complete(stage, "one more dragon")
    session = await dov.query("Session", id=stage.session_id)
    expect(session["receipt"], "a player who was in the session has its receipt")
    stage.screen.step(f"Dov has the signed receipt of the run: {session['receipt'][:24]}…")


async def choose_teams(stage: Stage) -> None:
    """Ada divides the party into two teams, Dov changes to the other one, and Ada lets the lobby make equal teams again."""
    stage.screen.heading("Two teams")
    ada, *_, dov = stage.players.all
    changed = await ada.mutate("UpdateParty", partyId=stage.party_id, settings={"teams": 2})
    await stage.players.wait_seq(changed["seq"])
    expect(_team_sizes(changed["party"]) == [2, 2], "the members are divided into teams of equal size")
    stage.screen.step("Ada chose two teams, and each member is in one.")
    other = 3 - member_of(dov.party, dov)["team"]
    moved = await dov.mutate("SetTeam", partyId=stage.party_id, team=other)
    expect(member_of(moved["party"], dov)["team"] == other, "a player may change the team")
    stage.screen.step(f"Dov changed to team {other}.")
    shuffled = await ada.mutate("ShuffleTeams", partyId=stage.party_id)
    await stage.players.wait_seq(shuffled["seq"])
    expect(_team_sizes(shuffled["party"]) == [2, 2], "shuffled teams have equal sizes")
    stage.screen.step("Ada had the teams shuffled: two and two again.")


def _team_sizes(party: Answer) -> list[int]:
    return sorted(Counter(member["team"] for member in party["members"]).values())


async def lose_the_host(stage: Stage) -> None:
    """A run that Ada's game hosts. Her machine dies in the middle, and the run goes on with Bram's game."""
    stage.screen.heading("A lost host")
    ada, bram, *_ = stage.players.all
    await stage.get_ready(*stage.players.all[1:])
    async with _games(stage) as games:
        await _start(stage, *stage.players.all)
        await asyncio.gather(*(game.wait_term(1) for game in games))
        stage.screen.step("All play on Ada's game.")
        with ada.socket.offline():
            games[0].crash()
            async with stage.screen.waiting(
                "Ada's machine is gone: the lobby waits for her, and then asks Bram to host"
            ):
                await asyncio.gather(*(game.wait_term(2) for game in games[1:]))
            stage.players.record.comes_back(ada.name)
        stage.screen.step("All others play on Bram's game. A fresh ticket came to each with the new endpoint.")
        async with stage.screen.waiting("Ada connects again"):
            await games[0].wait_term(2)
        await _report_as_former_host(stage, ada)
        await bram.mutate("SaveCheckpoint", sessionId=stage.session_id, data=SAVED_STATE, label=LABEL, hostTerm=2)
        stage.screen.step("Bram's game saves the run.")
        completed = await bram.mutate(
            "CompleteSession", sessionId=stage.session_id, outcome="the last dragon", hostTerm=2
        )
        await stage.players.wait_seq(completed["seq"])
        stage.screen.step("Bram's game reports the end of the run.")


@asynccontextmanager
async def _games(stage: Stage) -> AsyncIterator[list[Game]]:
    """A game for each player, which plays or hosts until the end of the block."""
    keys = jwt.PyJWKSet.from_dict(await stage.players.http.get("/.well-known/jwks.json"))

    def tell(bot: Bot, what: str, fields: Answer) -> None:
        if what == "hosts":
            stage.screen.step(f"{bot.name}'s game hosts, with term {fields['term']}.")

    games = [Game(bot, keys, partial(tell, bot)) for bot in stage.players.all]
    firsts = [len(bot.events) for bot in stage.players.all]
    tasks = [asyncio.create_task(game.play(first)) for game, first in zip(games, firsts, strict=True)]
    try:
        yield games
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _report_as_former_host(stage: Stage, bot: Bot) -> None:
    endpoint = {"relayCode": "DEMO42", "protocol": "relay"}
    try:
        await bot.mutate("ReportEndpoint", sessionId=stage.session_id, endpoint=endpoint, hostTerm=1)
    except Rejected as rejected:
        expect(rejected.code == "HOST_CHANGED", "the reports of a former host are rejected")
        stage.screen.step("Ada is a player like any other now: what her game reports as the host is HOST_CHANGED.")
    else:
        expect(False, "the reports of a former host are rejected")


async def leave(stage: Stage) -> None:
    """All leave, one after the other; the last one closes the party."""
    stage.screen.heading("Leaving")
    for bot in reversed(stage.players.all):
        await bot.mutate("LeaveParty", partyId=stage.party_id)
        await bot.wait_removed()
    stage.screen.step("All have left, and each stream ended with that.")


async def continue_the_run(stage: Stage) -> None:
    """Another day Cleo continues the saved run, and the others take the seats that are held for them."""
    stage.screen.heading("Another day")
    cleo = stage.players.cleo
    (run,) = (await cleo.query("MyRuns"))["nodes"]
    stage.screen.step(
        f"Cleo finds the saved run {run['checkpoint']['label']!r}, on floor {run['checkpoint']['floor']}."
    )
    opened = await cleo.mutate("ContinueRun", sessionId=run["sessionId"])
    held = [reservation["player"]["displayName"] for reservation in opened["party"]["reservations"]]
    stage.screen.step(f"Cleo opens a party for it. Seats are held for {', '.join(held)}.")
    others = [bot for bot in stage.players.all if bot is not cleo]
    expect(sorted(held) == sorted(bot.name for bot in others), "a seat is held for each of the others")
    for bot in others:
        party = (await bot.mutate("ContinueRun", sessionId=run["sessionId"]))["party"]
    seats, members = (
        {seat["player"]["id"]: (seat["characterClass"], seat["team"]) for seat in seats}
        for seats in (run["seats"], party["members"])
    )
    expect(members == seats, "all are back with the classes and teams of the run")
    data = await stage.players.dov.query("CheckpointData", sessionId=run["sessionId"])
    expect(data == SAVED_STATE, "the saved state is there")
    stage.screen.step(f"All four are back, with the classes and teams of the run and its state: {data}")
    for bot in stage.players.all:
        await bot.mutate("LeaveParty", partyId=party["id"])


ACTS = (
    gather,
    get_ready,
    lose_a_connection,
    play_with_a_late_join,
    play_again,
    choose_teams,
    lose_the_host,
    leave,
    continue_the_run,
    find_each_other,
)


async def _find_in_list(stage: Stage, bot: Bot) -> Answer:
    page = await bot.query("Parties", filter={"nameContains": stage.party_name})
    found: list[Answer] = [node for node in page["nodes"] if node["id"] == stage.party_id]
    expect(len(found) == 1, "the party is in the public list")
    seats = f"{found[0]['memberCount']}/{found[0]['settings']['maxMembers']}"
    stage.screen.step(f"{bot.name} found it in the list: {found[0]['settings']['name']} ({seats})")
    return found[0]


async def _join_by_id_twice(stage: Stage, bot: Bot, party: Answer) -> None:
    key, fields = str(uuid4()), {"partyId": party["id"], "clientVersion": CLIENT_VERSION}
    joined = await bot.mutate_with_key("JoinById", fields, key)
    stage.enter(bot, joined)
    again = await bot.mutate_with_key("JoinById", fields, key)
    expect(again["replayed"] and again["seq"] == joined["seq"], "one idempotency key has one effect")
    stage.screen.step(f"{bot.name} joined, and sent the request again: the stored answer came, and nothing changed.")


async def _start(stage: Stage, *bots: Bot) -> None:
    started = await stage.players.ada.mutate("StartSession", partyId=stage.party_id)
    stage.session_id = started["session"]["id"]
    async with stage.screen.waiting(f"the countdown of {stage.countdown_s} s"):
        for bot in bots:
            await bot.wait_party(lambda party: party["state"] == "IN_PROGRESS")
    expect(all(_has_ticket(bot, stage.session_id) for bot in bots), "each player has a ticket")
    stage.screen.step("The session runs, and each player has a ticket.")


def _has_ticket(bot: Bot, session_id: str) -> bool:
    started = [event for event in bot.events if event["__typename"] == "SessionStarted"]
    return any(event["session"]["id"] == session_id and event["ticket"] for event in started)


async def _load(stage: Stage) -> None:
    """Each game reports that it has loaded. Play begins for all players when the last game has loaded."""
    for bot in stage.players.all:
        loaded = await bot.mutate("MarkLoaded", sessionId=stage.session_id)
    await stage.players.wait_seq(loaded["seq"])
    begins = [event["goAt"] for event in stage.players.ada.events if event["__typename"] == "SessionGo"]
    expect(len(begins) == 1, "play begins once")
    stage.screen.step("All four games have loaded, so play begins for all at the same moment.")


async def _complete(stage: Stage, outcome: str) -> None:
    ada = stage.players.ada
    completed = await ada.mutate("CompleteSession", sessionId=stage.session_id, outcome=outcome)
    await stage.players.wait_seq(completed["seq"])
    stage.screen.step(f"The session is complete, and the party is {completed['party']['state']} again.")


def _show_record(players: Players, screen: Screen) -> None:
    screen.heading("What each of them saw, in order")
    for row in players.record.rows():
        screen.line(row)
    screen.line(f"\n  {LEGEND}")
    missed = players.record.missed()
    expect(not missed, f"nobody missed anything; but {'; '.join(missed)}")
    screen.line(f"  {screen.painted('Nobody missed anything.', GREEN)}")
