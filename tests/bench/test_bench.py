"""The benchmark runs, and what it makes of its figures."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from subprocess import run

import pytest

from bench.contenders import BARE, LOBBY, MERCURIUS
from bench.options import Options, read_options
from bench.reading import Reading
from bench.report.chart import chart
from bench.report.needs import needs
from bench.report.results import Results
from bench.report.text import report
from tests.needs import ROOT
from tests.needs import needs as needs_tool

RUN_WAIT_S = 120


def results(*readings: Reading) -> Results:
    return Results(Options(), {"processor": "one"}, readings)


def test_a_quick_run_prints_its_rows_and_keeps_them(tmp_path: Path) -> None:
    needs_tool("wrk")
    asked = ["--quick", "--only", "mutation,fanout,restart", "--rivals", "bare", "--results", str(tmp_path)]
    ran = run([sys.executable, "-m", "bench", *asked], cwd=ROOT, capture_output=True, text=True, timeout=RUN_WAIT_S)
    assert ran.returncode == 0, ran.stderr
    for row in (
        "mutation setReady, requests/s",
        "fan-out to 16: server CPU",
        "an idle follower's memory",
        "restart until",
    ):
        assert row in ran.stdout
    kept = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    assert set(kept["medians"]["mutation.rate"]) == {LOBBY.name, BARE.name}
    assert (tmp_path / "latest.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_figure_is_the_median_of_its_rounds() -> None:
    three = [Reading("party.rate", LOBBY.name, round_, value) for round_, value in ((1, 90), (2, 10), (3, 30))]
    assert results(*three).median("party.rate", LOBBY.name) == 30


def test_a_rate_is_ahead_when_it_is_more_and_a_cost_when_it_is_less() -> None:
    read = results(
        Reading("party.rate", LOBBY.name, 1, 300),
        Reading("party.rate", BARE.name, 1, 600),
        Reading("fanout.cpu", LOBBY.name, 1, 10),
        Reading("fanout.cpu", BARE.name, 1, 20),
    )
    assert "x0.50" in report(read)
    assert "x2.00" in report(read)


@pytest.mark.parametrize(("rate", "is_met"), [(1300, True), (1299, False)])
def test_a_need_is_met_from_its_bound_on(rate: float, is_met: bool) -> None:
    read = results(Reading("party.rate", LOBBY.name, 1, rate), Reading("party.rate", MERCURIUS.name, 1, 1000))
    assert [need.is_met for need in needs(read)] == [is_met]


def test_what_was_not_read_is_neither_shown_nor_judged() -> None:
    read = results(Reading("idle.memory", LOBBY.name, 1, 30))
    assert [need.title for need in needs(read)] == ["memory of an idle follower"]
    assert "mutation" not in report(read)


def test_a_chart_is_drawn_for_what_more_than_one_server_did() -> None:
    alone = results(Reading("idle.memory", LOBBY.name, 1, 30))
    beside = replace(alone, readings=(*alone.readings, Reading("idle.memory", BARE.name, 1, 20)))
    assert "<text" not in chart(alone)
    assert chart(beside).count("<rect") == 3


def test_a_row_that_there_is_not_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--only", "party,fanuot"])
    assert "'fanuot' is none of party" in capsys.readouterr().err
