"""The printed schema is checked in, so that a change of the API shows in review."""

from __future__ import annotations

from pathlib import Path

from schema.root import sdl

PRINTED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_printed_schema_is_the_served_one() -> None:
    assert PRINTED.read_text(encoding="utf-8").strip() == sdl().strip(), "run scripts/sdl"
