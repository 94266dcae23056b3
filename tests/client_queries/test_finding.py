"""The documents by which a party is opened, found and entered."""

from __future__ import annotations

from uuid import uuid4

from tests.journey.parties import party_of, session_of
from tests.journey.players import Player
from tools.demo.http_client import HttpClient


async def test_create_party_makes_its_creator_the_leader(ada: Player) -> None:
    settings = {"name": "Into the dark", "difficulty": "Hard", "maxMembers": 4, "password": "open sesame"}
    attributes = [{"key": "map", "value": "crypt"}]
    created = await ada.does("CreateParty", settings=settings, attributes=attributes, characterClass="Knight")
    party = created["party"]
    member = party["members"][0]
    assert (member["player"]["id"], member["isLeader"], member["characterClass"]) == (ada.id, True, "Knight")
    assert (party["memberCount"], party["freeSeats"], party["state"]) == (1, 3, "WAITING")
    assert (party["settings"]["hasPassword"], party["settings"]["difficulty"]) == (True, "Hard")
    assert party["attributes"] == attributes
    assert created["seq"] == party["version"]


async def test_create_party_names_the_field_at_fault(ada: Player) -> None:
    answer = await ada.tries("CreateParty", settings={"maxMembers": 9})
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.settings.maxMembers")


async def test_create_party_under_a_used_key_answers_the_stored_party(ada: Player) -> None:
    key = str(uuid4())
    first = await ada.does("CreateParty", idempotencyKey=key)
    again = await ada.does("CreateParty", idempotencyKey=key)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["party"] == first["party"]


async def test_join_by_code_takes_the_code_as_people_type_it(ada: Player, bram: Player) -> None:
    code = (await party_of(ada))["joinCode"]
    joined = await bram.does("JoinByCode", joinCode=f" {code[:2]}-{code[2:]} ".lower(), characterClass="Mage")
    assert [member["player"]["id"] for member in joined["party"]["members"]] == [ada.id, bram.id]
    assert joined["ticket"] is None


async def test_join_by_code_of_a_wrong_code_is_not_found(bram: Player) -> None:
    assert (await bram.tries("JoinByCode", joinCode="ZZZZZZ"))["code"] == "NOT_FOUND"


async def test_join_by_id_enters_a_public_party(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    joined = await bram.does("JoinById", partyId=party["id"])
    assert (joined["party"]["id"], joined["party"]["memberCount"]) == (party["id"], 2)


async def test_join_by_id_tells_of_a_wrong_password_and_how_many_tries_are_left(ada: Player, bram: Player) -> None:
    party = await party_of(ada, password="open sesame")
    answer = await bram.tries("JoinById", partyId=party["id"], password="open says me")
    assert (answer["code"], answer["attemptsLeft"]) == ("WRONG_PASSWORD", 4)


async def test_join_by_id_of_a_private_party_is_not_found(ada: Player, bram: Player) -> None:
    party = await party_of(ada, visibility="PRIVATE")
    answer = await bram.tries("JoinById", partyId=party["id"])
    assert (answer["code"], answer["current"]) == ("NOT_FOUND", None)


async def test_join_into_a_running_session_brings_a_ticket(ada: Player, bram: Player) -> None:
    party, session = await session_of(ada)
    joined = await bram.does("JoinById", partyId=party["id"])
    assert joined["ticket"]["token"]
    assert [player["id"] for player in joined["party"]["session"]["players"]] == [ada.id, bram.id]
    assert joined["party"]["session"]["id"] == session["id"]


async def test_quick_join_enters_the_fullest_party_that_fits(
    ada: Player, bram: Player, cleo: Player, dov: Player
) -> None:
    name = f"Quick {uuid4().hex}"
    await party_of(ada, name=name)
    fuller = await party_of(bram, cleo, name=name)
    joined = await dov.does("QuickJoin", filter={"nameContains": name})
    assert joined["party"]["id"] == fuller["id"]


async def test_quick_join_creates_a_party_when_none_fits(ada: Player) -> None:
    nowhere = {"nameContains": uuid4().hex}
    assert (await ada.tries("QuickJoin", filter=nowhere))["code"] == "NOT_FOUND"
    created = await ada.does("QuickJoin", filter=nowhere, createIfNone={"name": "Then mine"})
    assert created["party"]["settings"]["name"] == "Then mine"


async def test_a_party_needs_the_version_of_the_game_that_its_creator_runs(
    ada: Player, bram: Player, http: HttpClient
) -> None:
    name = f"Version {uuid4().hex}"
    party = (await ada.does("CreateParty", settings={"name": name}, clientVersion="1.0"))["party"]
    assert (party["settings"]["clientVersion"], party["members"][0]["clientVersion"]) == ("1.0", "1.0")
    for operation, target in (("JoinById", {"partyId": party["id"]}), ("JoinByCode", {"joinCode": party["joinCode"]})):
        answer = await bram.tries(operation, **target, clientVersion="0.9")
        assert (answer["code"], answer["requiredVersion"]) == ("VERSION_MISMATCH", "1.0")
    found = {
        version: await http.run("Parties", {"filter": {"nameContains": name, "clientVersion": version}})
        for version in ("1.0", "0.9")
    }
    assert [found[version]["totalCount"] for version in ("1.0", "0.9")] == [1, 0]
    assert found["1.0"]["nodes"][0]["settings"]["clientVersion"] == "1.0"
    assert (await bram.tries("QuickJoin", filter={"nameContains": name}, clientVersion="0.9"))["code"] == "NOT_FOUND"
    joined = await bram.does("QuickJoin", filter={"nameContains": name}, clientVersion="1.0")
    assert joined["party"]["id"] == party["id"]


async def test_parties_are_listed_page_by_page(ada: Player, bram: Player, http: HttpClient) -> None:
    name = f"Pages {uuid4().hex}"
    older, newer = await party_of(ada, name=name), await party_of(bram, name=name)
    wanted = {"filter": {"nameContains": name.upper()}, "first": 1}
    first = await http.run("Parties", wanted)
    second = await http.run("Parties", {**wanted, "after": first["pageInfo"]["endCursor"]})
    assert [node["id"] for page in (first, second) for node in page["nodes"]] == [newer["id"], older["id"]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert (first["totalCount"], second["totalCount"]) == (2, 2)


async def test_parties_have_the_fields_of_a_line_of_the_list(ada: Player, http: HttpClient) -> None:
    name = f"A line {uuid4().hex}"
    await party_of(ada, name=name, difficulty="Normal", password="open sesame")
    (line,) = (await http.run("Parties", {"filter": {"nameContains": name}}))["nodes"]
    assert line["leader"]["player"]["displayName"] == ada.name
    assert (line["memberCount"], line["settings"]["maxMembers"]) == (1, 8)
    assert (line["settings"]["hasPassword"], line["settings"]["difficulty"]) == (True, "Normal")


async def test_my_party_is_null_until_there_is_one(ada: Player) -> None:
    assert await ada.ask("MyParty") is None
    party = await party_of(ada)
    assert (await ada.ask("MyParty"))["id"] == party["id"]


async def test_party_hides_the_join_code_from_those_outside(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    assert (await ada.ask("Party", id=party["id"]))["joinCode"] == party["joinCode"]
    assert (await bram.ask("Party", id=party["id"]))["joinCode"] is None


async def test_party_is_null_for_a_private_party_of_others(ada: Player, bram: Player) -> None:
    party = await party_of(ada, visibility="PRIVATE")
    assert await bram.ask("Party", id=party["id"]) is None


async def test_enter_party_creates_the_party_of_a_key_and_then_joins_it(ada: Player, bram: Player) -> None:
    created = await ada.does("EnterParty", externalKey="i-123.4_5", settings={"visibility": "PRIVATE"})
    joined = await bram.does("EnterParty", externalKey="i-123.4_5", characterClass="Mage")
    assert joined["party"]["id"] == created["party"]["id"]
    assert [member["characterClass"] for member in joined["party"]["members"]] == [None, "Mage"]


async def test_enter_party_refuses_a_key_with_other_characters(ada: Player) -> None:
    answer = await ada.tries("EnterParty", externalKey="i 1")
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.externalKey")
