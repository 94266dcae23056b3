"""The generator turns selections into C# classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.unity_codegen.sample import PERSON, TAVERN, contract, sources
from tools.unity_codegen.csharp import type_name
from tools.unity_codegen.selections import Ambiguous, Selections

TAVERN_QUERY = "query Tavern($id: ID!) { tavern(id: $id) { ...TavernFields } }"


def test_a_fragment_named_fields_is_the_class_of_its_type(tmp_path: Path) -> None:
    files = sources(tmp_path, TAVERN_QUERY)

    assert {path for path in files if path.startswith("Answers/")} == {
        "Answers/LobbyTavern.cs",
        "Answers/LobbyPerson.cs",
    }
    assert "public LobbyPerson? Keeper { get; private set; }" in files["Answers/LobbyTavern.cs"]
    assert 'case "keeper": value.Keeper = LobbyPerson.Read(reader); break;' in files["Answers/LobbyTavern.cs"]


def test_a_fragment_of_another_name_is_a_class_of_that_name(tmp_path: Path) -> None:
    listing = "fragment TavernListing on Tavern { name keeper { id } guests { id } }"
    query = "query Tavern($id: ID!) { tavern(id: $id) { ...TavernListing } }"

    files = sources(tmp_path, query, fragments=(PERSON, listing))

    assert "Answers/TavernListing.cs" in files
    assert "public IReadOnlyList<LobbyPerson> Guests { get; private set; }" in files["Answers/TavernListing.cs"]


def test_a_selection_is_named_by_its_position_if_a_fragment_has_its_type(tmp_path: Path) -> None:
    tavern = "fragment TavernFields on Tavern { id keeper { born } guests { ...PersonFields } }"

    files = sources(tmp_path, TAVERN_QUERY, fragments=(PERSON, tavern))

    assert "public TavernKeeper? Keeper { get; private set; }" in files["Answers/LobbyTavern.cs"]
    assert "public IReadOnlyList<LobbyPerson> Guests { get; private set; }" in files["Answers/LobbyTavern.cs"]
    assert "public DateTime? Born { get; private set; }" in files["Answers/TavernKeeper.cs"]


def test_a_field_beside_a_fragment_extends_its_class_and_may_be_null(tmp_path: Path) -> None:
    more = "query Seats($id: ID!) { tavern(id: $id) { ...TavernFields seats } }"

    tavern = sources(tmp_path, TAVERN_QUERY, more)["Answers/LobbyTavern.cs"]

    assert "/// <summary>Null if the operation does not select it.</summary>\n        public int? Seats" in tavern
    assert 'case "seats": value.Seats = reader.ReadInt(); break;' in tavern


def test_a_member_is_nullable_exactly_if_the_schema_allows_null(tmp_path: Path) -> None:
    person = "fragment PersonFields on Person { id mood born }"

    text = sources(tmp_path, TAVERN_QUERY, fragments=(person, TAVERN))["Answers/LobbyPerson.cs"]

    assert "public LobbyMood Mood { get; private set; }" in text
    assert "public DateTime? Born { get; private set; }" in text
    assert "value.Born = reader.ReadTimeOrNull();" in text


def test_an_interface_is_one_class_with_a_kind(tmp_path: Path) -> None:
    query = "query Places($text: String!) { places(text: $text) { __typename id ... on Cave { depth } ... on Tavern { seats } } }"

    files = sources(tmp_path, query, fragments=())

    place = files["Answers/LobbyPlace.cs"]
    assert "public LobbyPlaceKind Kind { get; private set; }" in place
    assert "/// <summary>In metres. Only in Cave; otherwise null.</summary>\n        public int? Depth" in place
    assert "public string Id { get; private set; }" in place
    assert 'case "Cave": return LobbyPlaceKind.Cave;' in files["Enums/LobbyPlaceKind.cs"]


def test_descriptions_of_the_schema_become_comments(tmp_path: Path) -> None:
    files = sources(tmp_path, TAVERN_QUERY)

    assert "/// <summary>A place to <c>sit</c> &amp; drink: &lt;loud&gt;.</summary>" in files["Answers/LobbyTavern.cs"]
    assert "/// <summary>After the third.</summary>\n        VeryMerry," in files["Enums/LobbyMood.cs"]


def test_every_enum_has_a_member_for_unknown_values(tmp_path: Path) -> None:
    mood = sources(tmp_path, TAVERN_QUERY)["Enums/LobbyMood.cs"]

    assert "Unknown = 0," in mood
    assert "default: return LobbyMood.Unknown;" in mood


def test_a_member_of_two_types_is_an_error_that_names_it(tmp_path: Path) -> None:
    clash = "query Clash($id: ID!) { tavern(id: $id) { ...TavernFields seats: name } }"
    plain = "query Seats($id: ID!) { tavern(id: $id) { ...TavernFields seats } }"

    with pytest.raises(Ambiguous, match=r"Tavern\.seats"):
        Selections(contract(tmp_path, clash, plain), type_name, is_own=True)


def test_a_union_of_several_types_and_rejection_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(Ambiguous, match="Anything"):
        Selections(contract(tmp_path, "query Anything { anything { __typename } }"), type_name, is_own=True)


def test_a_directive_is_an_error_that_names_the_type(tmp_path: Path) -> None:
    query = "query Tavern($id: ID!, $all: Boolean!) { tavern(id: $id) { id name @include(if: $all) } }"

    with pytest.raises(Ambiguous, match="Tavern"):
        Selections(contract(tmp_path, query), type_name, is_own=True)
