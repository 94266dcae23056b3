"""Nothing that the last release had is taken away or changed in a way that breaks a client or an operator."""

from __future__ import annotations

import re

from graphql import build_schema
from graphql.utilities import find_breaking_changes

from resolvers.root import schema
from schema.server_info import VERSION
from tests.contract.surface import released_names, served_names
from tests.contract.test_contract import CONTRACT
from tests.needs import ROOT


def test_the_schema_breaks_no_client_of_the_last_release() -> None:
    released = build_schema(CONTRACT.read_text(encoding="utf-8"))
    changes = find_breaking_changes(released, build_schema(schema.as_str()))

    assert [f"{change.type.name}: {change.description}" for change in changes] == []


def test_a_change_that_breaks_a_client_is_found() -> None:
    released = CONTRACT.read_text(encoding="utf-8")
    without_field = released.replace("  isLeader: Boolean!\n", "")

    assert len(find_breaking_changes(build_schema(released), build_schema(without_field))) == 1
    assert find_breaking_changes(build_schema(without_field), build_schema(released)) == []


def test_every_setting_metric_path_and_subcommand_of_the_last_release_is_there() -> None:
    assert sorted(released_names() - served_names()) == []


def test_the_version_has_dated_notes() -> None:
    notes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## \[{re.escape(VERSION)}\] - \d{{4}}-\d\d-\d\d$", notes, re.MULTILINE)
    assert notes.index("## [Unreleased]") < notes.index(f"## [{VERSION}]")
