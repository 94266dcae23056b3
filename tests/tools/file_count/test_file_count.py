"""The file count prints packages, and a trace finds the files of a mutation and of its event."""

from __future__ import annotations

from tools.file_count.__main__ import package_table
from tools.file_count.trace import trace


def test_the_package_table_has_a_row_for_each_package() -> None:
    titles = [line.split("|")[1].strip() for line in package_table().splitlines()[2:]]
    assert titles == ["lobby", "web", "resolvers", "schema", "the server in all", "tools", "tests"]


def test_a_trace_names_the_files_of_a_mutation_and_of_its_event() -> None:
    traced = trace(is_fast=True)
    assert "lobby/domain/rules/decide.py" in traced.mutation
    assert any(file.startswith("lobby/stores/") for file in traced.mutation)
    assert any(file.startswith("lobby/live/") for file in traced.event)
    assert all(file.endswith(".py") for file in (*traced.mutation, *traced.event))


def test_a_plain_server_runs_none_of_the_fast_parts() -> None:
    traced = trace(is_fast=False)
    assert "lobby/domain/rules/decide.py" in traced.mutation
    assert [file for file in (*traced.mutation, *traced.event) if file.startswith("web/fast/")] == []
