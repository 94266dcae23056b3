"""The tables of docs/scale.md follow from the figures on that page, and each figure says where it comes from."""

from __future__ import annotations

import re

import pytest

from tools.capacity import PAGE, PLAYERS, Figures, Load, MissingFigure, computed, node_count, one_server_parts

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_figures() -> None:
    assert computed(TEXT) == TEXT, "run uv run python -m tools.capacity"


def test_another_figure_changes_the_tables() -> None:
    dearer = TEXT.replace("| a mutation, one server | ", "| a mutation, one server | 9")

    assert computed(dearer) != dearer


def test_a_figure_that_is_missing_is_named() -> None:
    with pytest.raises(MissingFigure, match="'a hint'"):
        computed(TEXT.replace("| a hint |", "| a tip |"))


def test_each_figure_says_how_it_was_measured() -> None:
    rows = re.findall(r"^\| [^|]+ \| [\d,.]+ \w+ \| (.*) \|$", TEXT.partition("The habits of players")[0], re.MULTILINE)

    assert len(rows) >= 15
    assert all(rows)


def test_twice_the_players_need_at_least_twice_the_nodes() -> None:
    figures = Figures.read(TEXT)
    counts = [node_count(Load.of(players, figures), figures)[0] for players in PLAYERS]

    assert counts == sorted(counts)
    assert counts[2] >= 9 * counts[1]


def test_one_server_is_enough_for_the_players_that_the_page_says() -> None:
    figures = Figures.read(TEXT)
    [said] = re.findall(r"enough for some ([\d,]+) players", TEXT)
    load = Load.of(int(said.replace(",", "")), figures)

    assert 0.4 <= sum(cores(load) for _, cores in one_server_parts(figures)) <= 0.6
