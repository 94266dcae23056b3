"""The documents by which players invite each other, and keep away from each other."""

from __future__ import annotations

from uuid import uuid4

from tests.client_queries.test_saved_runs import saved_run
from tests.journey.parties import party_of
from tests.journey.players import Player
from tools.demo.answers import Answer


async def invite(inviter: Player, party: Answer, invitee: Player) -> Answer:
    answer: Answer = (await inviter.does("InvitePlayer", partyId=party["id"], playerId=invitee.id))["invite"]
    return answer


async def pending(player: Player) -> list[str]:
    return [invite["id"] for invite in await player.ask("Invites")]


async def test_an_invite_reaches_its_player_with_the_party(ada: Player, bram: Player, cleo: Player) -> None:
    party = await party_of(ada, bram, name="The Crypt", visibility="PRIVATE")
    sent = await invite(bram, party, cleo)
    assert (sent["state"], sent["inviter"], sent["invitee"]["id"]) == (
        "PENDING",
        {"id": bram.id, "displayName": bram.name},
        cleo.id,
    )
    (received,) = await cleo.ask("Invites")
    assert received["id"] == sent["id"]
    assert received["invitee"] == {"id": cleo.id, "displayName": cleo.name}
    assert received["party"]["settings"]["name"] == "The Crypt"
    assert await ada.ask("Invites") == []
    shown = await ada.ask("Party", id=party["id"])
    assert [each["id"] for each in shown["invites"]] == [sent["id"]]
    assert (await cleo.ask("Party", id=party["id"]))["invites"] == [], "only members see the invites of a party"


async def test_accept_invite_joins_a_party_by_invite_only(ada: Player, bram: Player) -> None:
    party = await party_of(ada, visibility="INVITE_ONLY", password="open sesame")
    assert (await bram.tries("JoinById", partyId=party["id"]))["code"] == "NOT_FOUND"
    assert (await bram.tries("JoinByCode", joinCode=party["joinCode"]))["code"] == "NOT_INVITED"
    sent = await invite(ada, party, bram)
    async with ada.watching(partyId=party["id"]) as watch:
        joined = await bram.does("AcceptInvite", inviteId=sent["id"], characterClass="Mage")
        await watch.until_seq(joined["seq"])
    assert [member["player"]["id"] for member in joined["party"]["members"]] == [ada.id, bram.id]
    assert [event["__typename"] for event in watch.events][-2:] == ["InviteEnded", "MemberJoined"]
    assert watch.events[-2]["invite"]["state"] == "ACCEPTED"
    assert await pending(bram) == []
    again = await bram.does("AcceptInvite", inviteId=sent["id"])
    assert again["party"]["memberCount"] == 2, "a member already"


async def test_an_invite_to_a_full_party_stays(ada: Player, bram: Player, cleo: Player) -> None:
    party = await party_of(ada, bram, maxMembers=2)
    sent = await invite(ada, party, cleo)
    refused = await cleo.tries("AcceptInvite", inviteId=sent["id"])
    assert (refused["code"], refused["retryable"]) == ("PARTY_FULL", True)
    await bram.does("LeaveParty", partyId=party["id"])
    await cleo.does("AcceptInvite", inviteId=sent["id"])


async def test_accept_invite_leaves_the_current_party_if_asked(ada: Player, bram: Player) -> None:
    party, own = await party_of(ada), await party_of(bram)
    sent = await invite(ada, party, bram)
    assert (await bram.tries("AcceptInvite", inviteId=sent["id"]))["code"] == "ALREADY_IN_PARTY"
    await bram.does("AcceptInvite", inviteId=sent["id"], leaveCurrent=True)
    assert (await bram.ask("Party", id=own["id"]))["state"] == "CLOSED"


async def test_decline_invite_tells_the_party(ada: Player, bram: Player, cleo: Player) -> None:
    party = await party_of(ada, visibility="PRIVATE")
    sent = await invite(ada, party, bram)
    assert (await cleo.tries("DeclineInvite", inviteId=sent["id"]))["code"] == "NOT_FOUND"
    async with ada.watching(partyId=party["id"]) as watch:
        declined = await bram.does("DeclineInvite", inviteId=sent["id"])
        event = await watch.until_type("InviteEnded")
    assert declined["invite"].items() >= event["invite"].items()
    assert event["invite"]["state"] == "DECLINED"
    assert await pending(bram) == []
    assert await bram.ask("Party", id=party["id"]) is None
    assert (await bram.tries("AcceptInvite", inviteId=sent["id"]))["code"] == "INVITE_GONE"


async def test_revoke_invite_is_for_inviter_and_leader(ada: Player, bram: Player, cleo: Player, dov: Player) -> None:
    party = await party_of(ada, bram, cleo)
    sent = await invite(bram, party, dov)
    assert (await cleo.tries("RevokeInvite", inviteId=sent["id"]))["code"] == "NOT_LEADER"
    assert (await dov.tries("RevokeInvite", inviteId=sent["id"]))["code"] == "NOT_FOUND"
    revoked = await ada.does("RevokeInvite", inviteId=sent["id"])
    assert revoked["invite"]["state"] == "REVOKED"
    assert (await dov.tries("AcceptInvite", inviteId=sent["id"]))["code"] == "INVITE_GONE"
    for unknown in ("", "nothing", f"{party['id']}.1", f"{uuid4()}.2"):
        refused = await ada.tries("RevokeInvite", inviteId=unknown)
        assert (refused["code"], refused["field"]) == ("NOT_FOUND", "input.inviteId")


async def test_invites_happen_once_for_each_key(ada: Player, bram: Player) -> None:
    party, key, end = await party_of(ada), str(uuid4()), str(uuid4())
    fields = {"partyId": party["id"], "playerId": bram.id, "idempotencyKey": key}
    first = await ada.does("InvitePlayer", **fields)
    invite_id = first["invite"]["id"]
    revoked = await ada.does("RevokeInvite", inviteId=invite_id, idempotencyKey=end)
    again = await ada.does("InvitePlayer", **fields)
    assert (again["replayed"], again["invite"]) == (True, first["invite"]), "it is not invited again"
    assert (await ada.does("RevokeInvite", inviteId=invite_id, idempotencyKey=end))["invite"] == revoked["invite"]
    assert await pending(bram) == []


async def test_a_run_that_is_continued_invites_its_players(ada: Player, bram: Player) -> None:
    continued = await ada.does("ContinueRun", sessionId=await saved_run(ada, bram))
    (received,) = await bram.ask("Invites")
    assert received["party"]["id"] == continued["party"]["id"]
    joined = await bram.does("AcceptInvite", inviteId=received["id"])
    assert joined["party"]["reservations"] == []


async def test_block_player_hides_the_invites_of_that_player(ada: Player, bram: Player) -> None:
    party = await party_of(ada, visibility="INVITE_ONLY")
    blocked = await bram.does("BlockPlayer", playerId=ada.id)
    assert [player["id"] for player in blocked["blocked"]] == [ada.id]
    sent = await invite(ada, party, bram)
    assert sent["state"] == "PENDING"
    assert await pending(bram) == []
    assert await bram.ask("Party", id=party["id"]) is None
    for operation in ("AcceptInvite", "DeclineInvite"):
        assert (await bram.tries(operation, inviteId=sent["id"]))["code"] == "NOT_FOUND"
    await bram.does("UnblockPlayer", playerId=ada.id)
    assert await pending(bram) == [], "it was never delivered"


async def test_a_block_also_hides_an_invite_that_came_before(ada: Player, bram: Player) -> None:
    sent = await invite(ada, await party_of(ada), bram)
    assert await pending(bram) == [sent["id"]]
    await bram.does("BlockPlayer", playerId=ada.id)
    assert await pending(bram) == []


async def test_block_player_keeps_quick_join_away(ada: Player, bram: Player, cleo: Player) -> None:
    name = f"Blocked {uuid4().hex}"
    party = await party_of(ada, bram, name=name)
    await cleo.does("BlockPlayer", playerId=bram.id)
    assert (await cleo.tries("QuickJoin", filter={"nameContains": name}))["code"] == "NOT_FOUND"
    await cleo.does("UnblockPlayer", playerId=bram.id)
    assert (await cleo.does("QuickJoin", filter={"nameContains": name}))["party"]["id"] == party["id"]


async def test_a_block_of_the_leader_answers_not_found_to_who_names_the_party(
    ada: Player, bram: Player, cleo: Player
) -> None:
    party = await party_of(ada, bram)
    for blocker in (ada, bram):
        await blocker.does("BlockPlayer", playerId=cleo.id)
    unknown = await cleo.tries("JoinByCode", joinCode="ZZZZZZ")
    for operation, target in (("JoinById", {"partyId": party["id"]}), ("JoinByCode", {"joinCode": party["joinCode"]})):
        refused = await cleo.tries(operation, **target)
        assert (refused["code"], refused["message"], refused["current"]) == ("NOT_FOUND", unknown["message"], None)
    await ada.does("UnblockPlayer", playerId=cleo.id)
    await cleo.does("JoinById", partyId=party["id"])


async def test_blocked_players_are_listed_with_the_names_that_the_server_knows(
    ada: Player, bram: Player, cleo: Player
) -> None:
    await party_of(ada, bram)
    for other in (bram.id, "stranger"):
        blocked = await ada.does("BlockPlayer", playerId=other)
    expected = [{"id": "stranger", "displayName": "Player nger"}, {"id": bram.id, "displayName": bram.name}]
    assert blocked["blocked"] == await ada.ask("BlockedPlayers") == expected
    assert await bram.ask("BlockedPlayers") == []
    refused = await ada.tries("BlockPlayer", playerId=ada.id)
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "input.playerId")


async def test_blocks_happen_once_for_each_key(ada: Player, bram: Player) -> None:
    key = str(uuid4())
    await ada.does("BlockPlayer", playerId=bram.id, idempotencyKey=key)
    await ada.does("UnblockPlayer", playerId=bram.id)
    again = await ada.does("BlockPlayer", playerId=bram.id, idempotencyKey=key)
    assert (again["replayed"], again["blocked"]) == (True, [])
    reused = await ada.tries("CreateParty", idempotencyKey=key)
    assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"
