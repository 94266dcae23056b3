"""The comparison behind `test_contract.py` lets additions pass, and tells of all that is taken away."""

from __future__ import annotations

import pytest
from graphql import build_schema, introspection_from_schema

from tests.contract.differences import differences

CONTRACT = """
    "A thing with a name."
    interface Named { "1 to 32 characters." name: String! }
    type Cat implements Named { name: String!, lives(min: Int! = 9): Int }
    type Dog { tricks: [String!]! }
    union Pet = Cat | Dog
    enum Mood { CALM WILD }
    input Find { mood: Mood = CALM, name: String }
    type Query { pet(find: Find): Pet }
"""


def introspected(sdl: str) -> dict[str, object]:
    return dict(introspection_from_schema(build_schema(sdl)))


def compared(served: str) -> list[str]:
    return differences(introspected(CONTRACT), introspected(served))


def test_the_contract_itself_has_no_difference() -> None:
    assert compared(CONTRACT) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type Dog {", "type Dog { age: Int!"),
        ("CALM WILD", "CALM WILD SLEEPY"),
        ("Pet = Cat | Dog", "Pet = Cat | Dog | Query"),
        ("name: String }", "name: String, age: Int, size: Int! = 1 }"),
        ("pet(find: Find)", "pet(find: Find, first: Int)"),
        ("A thing with a name.", "Whatever is named."),
    ],
)
def test_adding_is_free(old: str, new: str) -> None:
    assert compared(CONTRACT.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("enum Mood { CALM WILD }", "scalar Mood", "Mood: is SCALAR, expected ENUM"),
        (" WILD", "", "Mood.WILD: value is missing"),
        ("Cat | Dog", "Cat", "Pet.Dog: member is missing"),
        ("Cat implements Named", "Cat", "Cat.Named: interface is missing"),
        ("tricks: [String!]!", "tricks: [String]!", "Dog.tricks: is [String]!, expected [String!]!"),
        ("(min: Int! = 9)", "(min: Int! = 8)", "Cat.lives.min: default is 8, expected 9"),
        ("(min: Int! = 9)", "", "Cat.lives.min: argument is missing"),
        ("mood: Mood = CALM, ", "", "Find.mood: input field is missing"),
        ("name: String }", "name: String, age: Int! }", "Find.age: input field is new and required"),
        ("(find: Find)", "(find: Find, n: Int!)", "Query.pet.n: argument is new and required"),
        ("1 to 32", "1 to 23", "Named.name: its description does not tell of 32"),
        ('"A thing with a name."', "", "Named: has no description, expected one like: A thing with a name."),
    ],
)
def test_what_is_taken_away_is_told(old: str, new: str, told: str) -> None:
    assert told in compared(CONTRACT.replace(old, new))


def test_a_type_that_is_missing_is_told() -> None:
    assert "Mood: ENUM is missing" in compared("type Query { pet: Int }")
