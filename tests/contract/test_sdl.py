"""The printed schema is checked in, so that a review shows every change of the API."""

from __future__ import annotations

from resolvers.root import sdl
from tests.contract.__main__ import PRINTED


def test_the_printed_schema_is_the_served_one() -> None:
    assert PRINTED.read_text(encoding="utf-8").strip() == sdl().strip(), "schema/schema.graphql is old: run scripts/sdl"
