"""The benchmark runs, compares two checkouts, and computes its report correctly."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import run

import pytest

from tests.needs import ROOT
from tests.needs import needs as needs_tool
from tools.bench.chart import chart
from tools.bench.contenders import BARE, LOBBY, MERCURIUS, PLAIN, UNMETERED, VARIANTS
from tools.bench.documents import TRUSTED, Request
from tools.bench.load.wrk import LoadFailed, run_wrk
from tools.bench.options import OTHER, Options, read_options
from tools.bench.report import goals, report
from tools.bench.results import Reading, Results, at_size
from tools.bench.serving import start_server
from tools.bench.setup import Setup, Size, build_setup

RUN_WAIT_S = 240


@dataclass(frozen=True, slots=True)
class Quick:
    """`folder` has the files of the run. `medians`: by figure and server."""

    folder: Path
    printed: str
    medians: dict[str, dict[str, float]]


def results(*readings: Reading) -> Results:
    return Results(Options(), {"processor": "one"}, readings)


def run_bench(folder: Path, *arguments: str) -> str:
    """The printed report of a quick run."""
    ran = run(
        [sys.executable, "-m", "tools.bench", "--quick", *arguments, "--results", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=RUN_WAIT_S,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Quick:
    """One run for all tests that only look at its figures: each server starts once for a row."""
    needs_tool("wrk")
    folder = tmp_path_factory.mktemp("quick")
    rows, rivals = "mutation,rooms,fanout,list,matchmaking", "bare,unmetered,traces"
    printed = run_bench(folder, "--only", rows, "--rivals", rivals)
    return Quick(folder, printed, json.loads((folder / "latest.json").read_text(encoding="utf-8"))["medians"])


@pytest.mark.parametrize(
    "row",
    [
        "mutation setReady, requests/s",
        "fan-out to 16: server CPU",
        "an idle follower's memory",
        "server CPU of a request slice by slice",
        "4 parties of 8 players, 40/s: server CPU beyond",
        "8 parties of 8 players",
        "list, 40 watchers",
        "40 parties search at once in 20 kinds: time to match, p99",
    ],
)
def test_a_quick_run_prints_its_rows(quick: Quick, row: str) -> None:
    assert row in quick.printed


def test_a_quick_run_saves_its_figures_and_a_chart(quick: Quick) -> None:
    assert set(quick.medians["mutation.rate"]) == {LOBBY.name, BARE.name}
    assert (quick.folder / "latest.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_quick_run_measures_metrics_and_traces(quick: Quick) -> None:
    assert quick.medians["mutation.slices"].keys() == {"unmetered", "traces"}


@pytest.mark.parametrize("figure", ["mutation.cpu", "rooms_few.p99", "list.rate", "matchmaking.p99"])
def test_a_quick_run_measures_each_row(quick: Quick, figure: str) -> None:
    assert quick.medians[figure][LOBBY.name] > 0


def test_another_checkout_is_measured_beside_this_one(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "client_queries", other / "client_queries")
    shutil.copy(ROOT / "server.py", other)
    for package in ("lobby", "web", "resolvers", "schema"):
        (other / package).symlink_to(ROOT / package)
    printed = run_bench(tmp_path / "results", "--only", "restart", "--other", str(other))
    assert "24 parties: restart until the first answer" in printed
    saved = json.loads((tmp_path / "results/latest.json").read_text(encoding="utf-8"))
    assert set(saved["medians"]["restart.time@24"]) == {LOBBY.name, OTHER}


def test_a_lobby_server_knows_the_frozen_documents_by_hash(tmp_path: Path) -> None:
    setup: Setup = build_setup(tmp_path / "setup", Size(parties=1, members=1, known=1, signed_in=1))
    with start_server(LOBBY, setup) as server:
        for document in TRUSTED:
            persisted = {"version": 1, "sha256Hash": document.sha256}
            body = json.dumps({"extensions": {"persistedQuery": persisted}, "variables": {}})
            assert "PersistedQueryNotFound" not in server.request("POST", "/graphql", body)


def test_a_figure_is_the_median_of_its_rounds() -> None:
    three = [Reading("party.rate", LOBBY.name, round_, value) for round_, value in ((1, 90), (2, 10), (3, 30))]
    assert results(*three).median("party.rate", LOBBY.name) == 30


def test_a_load_without_a_response_fails_unless_it_may_be_idle() -> None:
    needs_tool("wrk")
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts connections, and never answers
        port, requests = listener.getsockname()[1], [Request("", "{}")]
        assert run_wrk(port, "/", requests, 1, 2, may_be_idle=True).requests == 0
        with pytest.raises(LoadFailed, match="no request had a response"):
            run_wrk(port, "/", requests, 1, 2)


def test_slices_show_their_median_and_their_middle_half() -> None:
    ratios = (0.5, 0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 9.0)
    readings = tuple(Reading("party.slices", "unmetered", number, ratio) for number, ratio in enumerate(ratios, 1))
    printed = report(Results(Options(contenders=(LOBBY, UNMETERED)), {}, readings))
    [line] = [line for line in printed.splitlines() if line.startswith("| party ")]
    assert [cell.strip() for cell in line.split("|")[2:-1]] == ["unmetered", "8", "x0.995", "x0.980 to x1.010"]


def test_a_higher_rate_and_a_lower_cost_are_better() -> None:
    measured = results(
        Reading("party.rate", LOBBY.name, 1, 300),
        Reading("party.rate", BARE.name, 1, 600),
        Reading("fanout.cpu", LOBBY.name, 1, 10),
        Reading("fanout.cpu", BARE.name, 1, 20),
    )
    assert "x0.50" in report(measured)
    assert "x2.00" in report(measured)


@pytest.mark.parametrize(("time_s", "verdict"), [(1.04, "ok"), (1.06, "WORSE")])
def test_a_figure_more_than_5_percent_worse_than_the_other_commit_is_marked(time_s: float, verdict: str) -> None:
    key = at_size("restart.time", 100)
    measured = results(Reading(key, LOBBY.name, 1, time_s), Reading(key, OTHER, 1, 1.0))
    (row,) = [line for line in report(measured).splitlines() if "100 parties: restart" in line]
    assert row.rstrip("| ").endswith(verdict)


@pytest.mark.parametrize(("rate", "is_reached"), [(1300, True), (1299, False)])
def test_a_goal_is_reached_from_its_bound_on(rate: float, is_reached: bool) -> None:
    measured = results(Reading("party.rate", LOBBY.name, 1, rate), Reading("party.rate", MERCURIUS.name, 1, 1000))
    assert [goal.is_reached for goal in goals(measured)] == [is_reached]


def test_a_figure_without_readings_is_neither_shown_nor_judged() -> None:
    measured = results(Reading("idle.memory", LOBBY.name, 1, 30))
    assert [goal.title for goal in goals(measured)] == ["memory of an idle follower"]
    assert "mutation" not in report(measured)


def test_a_chart_shows_figures_of_more_than_one_server() -> None:
    alone = results(Reading("idle.memory", LOBBY.name, 1, 30))
    two = replace(alone, readings=(*alone.readings, Reading("idle.memory", BARE.name, 1, 20)))
    assert "<text" not in chart(alone)
    assert chart(two).count("<rect") == 3


def test_an_unknown_row_is_named_in_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--only", "party,fanuot"])
    assert "'fanuot' is none of party" in capsys.readouterr().err


def test_a_folder_that_is_no_checkout_is_named_in_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["--other", str(tmp_path)])
    assert f"{tmp_path} has no server.py" in capsys.readouterr().err


def test_the_variants_of_this_server_take_part_only_if_they_are_named() -> None:
    assert {each.name for each in VARIANTS}.isdisjoint(each.name for each in read_options([]).contenders)
    assert [each.name for each in read_options(["--rivals", "traces"]).contenders] == [LOBBY.name, "traces"]


def test_a_comparison_has_only_the_rivals_that_are_named() -> None:
    assert [each.name for each in read_options(["--other", str(ROOT)]).contenders] == [LOBBY.name, OTHER]
    named = read_options(["--other", str(ROOT), "--rivals", "plain"]).contenders
    assert [each.name for each in named] == [LOBBY.name, OTHER, PLAIN.name]
