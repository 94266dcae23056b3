"""The documents about links, verdicts before the click, and regions."""

from __future__ import annotations

from tests.journey.parties import party_of
from tests.journey.players import Player


async def test_join_link_has_the_code_and_no_link_where_no_form_is_set(ada: Player) -> None:
    party = await party_of(ada)
    link = await ada.ask("JoinLink", id=party["id"])
    assert (link["joinCode"], link["joinUrl"]) == (party["joinCode"], None)


async def test_join_verdict_tells_the_rejection_before_the_click(ada: Player, bram: Player) -> None:
    party = await party_of(ada, password="open sesame")
    found = await bram.ask("JoinVerdict", id=party["id"])
    assert (found["joinVerdict"]["code"], found["joinVerdict"]["field"]) == ("WRONG_PASSWORD", "password")
    assert (await ada.ask("JoinVerdict", id=party["id"]))["joinVerdict"] is None


async def test_join_verdicts_are_those_of_a_page_of_the_list(ada: Player, bram: Player, cleo: Player) -> None:
    name = f"Crypt of {ada.id}"[:40]
    open_party = await party_of(ada, name=name, uniqueClasses=True)
    guarded = await party_of(bram, name=name, password="open sesame")
    page = await cleo.ask("JoinVerdicts", filter={"nameContains": name}, characterClass="Mage")
    codes = {party["id"]: (party["joinVerdict"] or {}).get("code") for party in page["verdicts"]}
    assert codes == {open_party["id"]: None, guarded["id"]: "WRONG_PASSWORD"}


async def test_pings_give_the_party_a_region_that_the_list_finds(ada: Player, bram: Player) -> None:
    party = await party_of(ada)
    region = f"r{party['id']}"[:32]
    pings = [{"region": region, "ms": 20}, {"region": "moon", "ms": 2600}]
    updated = await ada.does("UpdateMember", partyId=party["id"], pings=pings)
    assert updated["party"]["region"] == region
    page = await bram.ask("Parties", filter={"region": region})
    assert [found["id"] for found in page["nodes"]] == [party["id"]]
    joined = await bram.does("QuickJoin", filter={"region": region})
    assert joined["party"]["id"] == party["id"]


async def test_a_ping_beyond_its_limit_names_the_field(ada: Player) -> None:
    party = await party_of(ada)
    answer = await ada.tries("UpdateMember", partyId=party["id"], pings=[{"region": "eu", "ms": -1}])
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "input.pings.ms")
