"""The comparison behind `test_contract.py` accepts additions, and reports everything that is taken away."""

from __future__ import annotations

import pytest

from tests.contract.differences import describe_differences
from tests.contract.test_contract import introspect

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


def compare(served: str) -> list[str]:
    return describe_differences(introspect(CONTRACT), introspect(served))


def test_the_contract_itself_has_no_difference() -> None:
    assert compare(CONTRACT) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("type Dog {", "type Dog { age: Int!"),
        ("CALM WILD", "CALM WILD SLEEPY"),
        ("Pet = Cat | Dog", "Pet = Cat | Dog | Query"),
        ("name: String }", "name: String, age: Int, size: Int! = 1 }"),
        ("pet(find: Find)", "pet(find: Find, first: Int)"),
        ("A thing with a name.", "Anything with a name."),
    ],
)
def test_an_addition_is_no_difference(old: str, new: str) -> None:
    assert compare(CONTRACT.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "reported"),
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
        ("1 to 32", "1 to 23", "Named.name: its description does not mention 32"),
        ('"A thing with a name."', "", "Named: has no description, expected one like: A thing with a name."),
    ],
)
def test_a_removal_is_reported(old: str, new: str, reported: str) -> None:
    assert reported in compare(CONTRACT.replace(old, new))


def test_a_missing_type_is_reported() -> None:
    assert "Mood: ENUM is missing" in compare("type Query { pet: Int }")
