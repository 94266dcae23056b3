"""The first acts: find each other, get ready, and lose a connection on the way."""

from __future__ import annotations

from uuid import uuid4

from lobby.demo.answers import Answer, expect
from lobby.demo.bot import Bot
from lobby.demo.stage import Stage, seat


async def gather(stage: Stage) -> None:
    """Ada creates a party, Bram finds it in the list, Cleo types its code."""
    stage.screen.heading("Gathering")
    ada, bram, cleo, _ = stage.players.all
    settings = {"name": stage.party_name, "countdownSeconds": stage.countdown_s}
    created = await ada.do("CreateParty", settings=settings)
    stage.party_id, code = created["party"]["id"], created["party"]["joinCode"]
    stage.screen.step(f"Ada created {stage.party_name!r} over HTTP. Its code is {code}.")
    stage.players.watch(ada, stage.party_id, cursor=None)
    await _join_by_id_twice(stage, bram, await _found_in_list(stage, bram))
    typed = f"{code[:3]}-{code[3:]}".lower()
    joined = await cleo.do("JoinByCode", joinCode=typed)
    stage.enter(cleo, joined)
    stage.screen.step(f"Cleo joined by the code, typed as {typed!r}.")
    await stage.players.caught_up(joined["seq"], ada, bram, cleo)


async def _found_in_list(stage: Stage, bot: Bot) -> Answer:
    page = await bot.ask("Parties", filter={"nameContains": stage.party_name})
    found: list[Answer] = [node for node in page["nodes"] if node["id"] == stage.party_id]
    expect(len(found) == 1, "the party is in the public list")
    seats = f"{found[0]['memberCount']}/{found[0]['settings']['maxMembers']}"
    stage.screen.step(f"{bot.name} found it in the list: {found[0]['settings']['name']} ({seats})")
    return found[0]


async def _join_by_id_twice(stage: Stage, bot: Bot, listed: Answer) -> None:
    key, choice = str(uuid4()), {"partyId": listed["id"]}
    joined = await bot.repeat("JoinById", choice, key)
    stage.enter(bot, joined)
    again = await bot.repeat("JoinById", choice, key)
    expect(again["replayed"] and again["seq"] == joined["seq"], "one idempotency key has one effect")
    stage.screen.step(f"{bot.name} joined, and sent the request again: the stored answer, nothing twice.")


async def get_ready(stage: Stage) -> None:
    """Classes; then a change of settings, which asks everyone again; then all are ready."""
    stage.screen.heading("Getting ready")
    ada, bram, cleo, _ = stage.players.all
    for bot, name in zip((ada, bram, cleo), stage.classes, strict=False):
        await bot.do("UpdateMember", partyId=stage.party_id, characterClass=name)
    await stage.ready(bram)
    change = {"difficulty": stage.hardest}
    changed = await ada.do("UpdateParty", partyId=stage.party_id, settings=change)
    await stage.players.caught_up(changed["seq"], ada, bram, cleo)
    expect(not seat(bram.party, bram)["ready"], "a change that affects play clears every ready")
    stage.screen.step(f"Ada chose {stage.hardest}, so Bram, who was ready, is asked again.")
    await stage.ready(bram, cleo)


async def lose_a_connection(stage: Stage) -> None:
    """Cleo's network is gone for a moment; the others talk; Cleo comes back and has missed nothing."""
    stage.screen.heading("A lost connection")
    ada, bram, cleo, _ = stage.players.all
    with cleo.link.away():
        await ada.until(lambda party: seat(party, cleo)["connection"] == "DISCONNECTED")
        said = await bram.do("PostMessage", partyId=stage.party_id, text="Where is Cleo?")
        await stage.players.caught_up(said["seq"], ada, bram)
        stage.players.record.comes_back(cleo.name)
    async with stage.screen.waiting("Cleo connects again and resumes with the cursor"):
        await ada.until(lambda party: seat(party, cleo)["connection"] == "CONNECTED")
        await stage.players.caught_up(ada.party["version"], bram, cleo)
    expect(seat(cleo.party, cleo)["ready"], "who comes back in time is still ready")
    stage.screen.step("Cleo is back, was sent all that happened meanwhile, and is still ready.")
