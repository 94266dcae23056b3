"""The last acts of the demo: how players find each other without the public list."""

from __future__ import annotations

from tools.demo.answers import Answer, expect
from tools.demo.bot import Bot
from tools.demo.inbox import Inbox, open_inboxes
from tools.demo.players import Stage

SMALL_PARTY = 2
ALL = 4


async def find_each_other(stage: Stage) -> None:
    """An invite, a seat that comes free for a player who waits, and a match of two parties. All watch their inboxes."""
    ada, bram, cleo, dov = stage.players.all
    async with open_inboxes(ada, bram, cleo, dov) as inboxes:
        party = await _invite(stage, inboxes[1])
        await _wait_for_a_seat(stage, party, inboxes[2])
        await _match(stage, party, inboxes)


async def _invite(stage: Stage, brams_inbox: Inbox) -> Answer:
    """Ada invites Bram into a party that is not on the list. Returns the party."""
    stage.screen.heading("An invite")
    ada, bram, *_ = stage.players.all
    settings = {"name": "Two chairs", "visibility": "PRIVATE", "maxMembers": SMALL_PARTY}
    party: Answer = (await ada.mutate("CreateParty", settings=settings))["party"]
    await ada.mutate("InvitePlayer", partyId=party["id"], playerId=bram.id)
    stage.screen.step(f"Ada created a private party of {SMALL_PARTY}, and invited Bram.")
    invite = (await brams_inbox.wait("InviteUpdated", lambda event: event["invite"]["state"] == "PENDING"))["invite"]
    stage.screen.step(
        f"Bram's inbox has the invite of {invite['inviter']['displayName']}, until {invite['expiresAt']}."
    )
    await bram.mutate("AcceptInvite", inviteId=invite["id"])
    stage.screen.step("Bram accepted it, and is in.")
    return party


async def _wait_for_a_seat(stage: Stage, party: Answer, cleos_inbox: Inbox) -> None:
    """Cleo waits for a seat of the full party. Bram leaves, and Cleo takes the seat."""
    stage.screen.heading("A seat comes free")
    _, bram, cleo, _ = stage.players.all
    waiting = (await cleo.mutate("JoinByCode", joinCode=party["joinCode"], wait=True))["party"]
    expect([player["id"] for player in waiting["waiting"]] == [cleo.id], "a full party lets a player wait")
    stage.screen.step("The party is full, so Cleo waits for a seat.")
    await bram.mutate("LeaveParty", partyId=party["id"])
    held = await cleos_inbox.wait("WaitingUpdated", lambda event: event["heldUntil"] is not None)
    stage.screen.step(f"Bram left. Cleo's inbox says that the seat is held for Cleo until {held['heldUntil']}.")
    joined = (await cleo.mutate("JoinById", partyId=party["id"]))["party"]
    expect(_player_ids(joined)[-1] == cleo.id, "the seat that is held for a player is the player's")
    stage.screen.step("Cleo took the seat.")


async def _match(stage: Stage, party: Answer, inboxes: tuple[Inbox, ...]) -> None:
    """The party of Ada and Cleo, and that of Dov and Bram, search for each other and become one."""
    stage.screen.heading("A match of two parties")
    ada, bram, _, dov = stage.players.all
    other = (await dov.mutate("CreateParty", settings={"name": "Two more"}))["party"]
    await bram.mutate("JoinById", partyId=other["id"])
    criteria = {"gameType": "COOP", "size": ALL, "region": stage.party_name}
    searches = {}
    for leader, own in ((ada, party), (dov, other)):
        started = await leader.mutate("StartSearch", partyId=own["id"], criteria=criteria)
        searches[leader.id] = started["search"]["id"]
        stage.screen.step(f"{leader.name}'s party of two searches for {ALL} players.")
    for inbox in inboxes:
        proposed = await inbox.wait("SearchUpdated", lambda event: event["search"]["state"] == "PROPOSED")
    stage.screen.step(f"A match is proposed to all four, who may accept it until {proposed['search']['acceptBy']}.")
    for bot in stage.players.all:
        own_search = searches[ada.id if bot in (ada, stage.players.cleo) else dov.id]
        answer = (await bot.mutate("AcceptMatch", searchId=own_search))["search"]
        stage.screen.step(f"{bot.name} accepts.")
    expect(answer["state"] == "MATCHED", "the last one to accept makes the parties one")
    await _show_matched_party(stage, answer["matchedPartyId"], inboxes)


async def _show_matched_party(stage: Stage, party_id: str, inboxes: tuple[Inbox, ...]) -> None:
    bots = stage.players.all
    for inbox in inboxes:
        await inbox.wait("SearchUpdated", lambda event: event["search"]["matchedPartyId"] == party_id)
    parties = [await bot.query("MyParty") for bot in bots]
    expect(all(own["id"] == party_id for own in parties), "all players are in the party of the match")
    expect(sorted(_player_ids(parties[0])) == sorted(bot.id for bot in bots), "the parties have become one")
    names = ", ".join(member["player"]["displayName"] for member in parties[0]["members"])
    stage.screen.step(f"The parties are one: {parties[0]['settings']['name']!r} with {names}.")
    await _leave(party_id, *bots)


async def _leave(party_id: str, *bots: Bot) -> None:
    for bot in bots:
        await bot.mutate("LeaveParty", partyId=party_id)


def _player_ids(party: Answer) -> list[str]:
    return [member["player"]["id"] for member in party["members"]]
