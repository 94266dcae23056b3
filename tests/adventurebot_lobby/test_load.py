"""`adventurebot-lobby load` plays on a real server, shows what its players saw, and says what is wrong when they can't play."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from adventurebot_lobby.__main__ import main
from tests.needs import ROOT
from tests.serving import served
from tests.stores_of_servers import fresh_store
from tests.web.browser_page import NARROW, WIDE, Scheme, accessibility_problems, fits, new_tab, opened
from tests.web.graphql.explorer.graphiql_page import chromium
from tools.chaos.ports import free_ports
from web.app import create_app
from web.settings.settings import Settings

PLAYERS, SECONDS = 16, 8
WAIT_S = 60


@contextmanager
def lobby(**settings: object) -> Iterator[str]:
    """The address of a server with rate limits, where this machine is an address of many players."""
    fields = {"store": fresh_store(), "rate_limits": True, "shared_addresses": ["127.0.0.1"], **settings}
    app = create_app(Settings.model_validate(fields))
    with served(app, drain=app.drain) as url:
        yield url


class Played:
    """A finished run: its output, its report, and the address of the server, which still runs."""

    def __init__(self, url: str, code: int | None, output: str, report: Path) -> None:
        self.url, self.code, self.output, self.report = url, code, output, report

    def count(self, name: str) -> int:
        """The first number in the row of this name."""
        row = re.search(rf"^{re.escape(name)} +([\d,]+)", self.output, re.MULTILINE)
        assert row, f"no row {name} in {self.output}"
        return int(row[1].replace(",", ""))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    report = tmp_path_factory.mktemp("load") / "report.html"
    with lobby() as url:
        ran = run("--url", url, "--players", PLAYERS, "--minutes", SECONDS / 60, "--pause", 0.3, "--report", report)
        yield Played(url, ran.returncode, ran.stdout + ran.stderr, report)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "adventurebot_lobby", "load", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S)


def fail(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The error output of a run that can't begin."""
    assert main(["load", *map(str, arguments)]) == 1
    return capsys.readouterr().err


# ---- A run ----------------------------------------------------------------------------------------------------------------


def test_players_meet_play_and_leave(played: Played) -> None:
    assert played.code == 0, played.output
    for operation in ("SignInAsGuest", "MyParty", "Parties", "QuickJoin", "PostMessage", "SetReady", "UpdateMember"):
        assert played.count(operation), played.output
    assert played.count("SignInAsGuest") == PLAYERS
    assert played.count("errors") == 0
    assert played.count("lost connections") == 0


def test_events_reach_all_members_and_come_again_after_a_lost_connection(played: Played) -> None:
    assert played.count("an event, from commit to frame") > played.count("PostMessage")
    assert played.count("opened") >= PLAYERS
    assert played.count("opened") - PLAYERS <= played.count("cut by players on purpose")


def test_percentiles_rise_and_no_time_is_below_zero(played: Played) -> None:
    rows = re.findall(r"^(\w+) +[\d,]+ +([\d.,]+) +([\d.,]+) +([\d.,]+) +([\d.,]+)$", played.output, re.MULTILINE)

    assert len(rows) >= 7
    for name, *cells in rows:
        times = [float(cell.replace(",", "")) for cell in cells]
        assert times == sorted(times), name
        assert times[0] > 0, name


def test_nothing_is_left_on_the_server(played: Played) -> None:
    answer = httpx.post(f"{played.url}/graphql", json={"query": "{ parties { totalCount } }"})

    assert answer.json() == {"data": {"parties": {"totalCount": 0}}}


def test_progress_is_a_line_every_5_seconds_where_there_is_no_terminal(played: Played) -> None:
    lines = re.findall(r"^ *(\d+) s  playing: (\d+) of 16 connected, \d+ requests", played.output, re.MULTILINE)

    assert [seconds for seconds, _ in lines] == ["5"]


# ---- The report -----------------------------------------------------------------------------------------------------------


def test_the_report_needs_no_other_file(played: Played) -> None:
    page = played.report.read_text(encoding="utf-8")

    assert re.search(r"<script|src=|@import|url\(|<link", page) is None
    assert page.count("<svg viewBox") >= 4
    assert f"Load test of {played.url}" in page


@pytest.mark.anyio
async def test_the_report_fits_and_is_accessible(played: Played) -> None:
    looks: tuple[tuple[int, Scheme], ...] = ((NARROW, "light"), (WIDE, "dark"))
    async with chromium() as browser, new_tab(browser) as tab:
        for width, scheme in looks:
            async with opened(tab, "file://", str(played.report), width, scheme) as page:
                assert await fits(page)
                assert await accessibility_problems(page) == []


# ---- What may be wrong ----------------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    [port] = free_ports(1)

    said = fail(capsys, "--url", f"http://127.0.0.1:{port}")

    assert f"No lobby server answers at http://127.0.0.1:{port}/graphql." in said
    assert "adventurebot-lobby serve" in said


def test_a_server_that_is_no_lobby_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    class Pages(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>Hello</h1>")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Pages)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        said = fail(capsys, "--url", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert "is not a lobby server" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--url", "ftp://127.0.0.1"], "argument --url: not an http or https address: ftp://127.0.0.1"),
        (["--url", "http://127.0.0.1:99999"], "argument --url: not an http or https address: http://127.0.0.1:99999"),
        (["--players", "5001"], "argument --players: 1 to 5,000, not 5001"),
        (["--minutes", "0"], "argument --minutes: 0.05 to 1,440 minutes, not 0"),
        (["--pause", "nan"], "argument --pause: 0.1 to 3,600 seconds, not nan"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["load", *arguments])

    assert ended.value.code == 2
    assert problem in capsys.readouterr().err


def test_a_report_that_can_not_be_written_is_named_before_anybody_plays(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "--report: " in fail(capsys, "--report", tmp_path / "no such folder" / "report.html")


def test_a_server_without_guests_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with lobby(guests=False) as url:
        said = fail(capsys, "--url", url, "--players", 2)

    assert "The server lets no guests in: INVALID_CREDENTIALS" in said
    assert "LOBBY_GUESTS=true" in said


def test_a_limit_on_guests_ends_the_run_with_the_setting_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    with lobby(shared_addresses=[], guests_per_address_min=5) as url:
        said = fail(capsys, "--url", url, "--players", 40)

    assert re.search(r"let \d+ of 40 guests in, and the next one in \d+ s \(RATE_LIMITED\)", said)
    assert "LOBBY_SHARED_ADDRESSES" in said
    assert "LOBBY_RATE_LIMITS=off" in said


def test_a_limit_on_sockets_is_counted_and_explained() -> None:
    with lobby(shared_addresses=[], connections_per_address_max=3) as url:
        ran = run("--url", url, "--players", 6, "--minutes", 0.05, "--pause", 0.5)

    assert re.search(r"^socket +CLOSED_1013 +\d+$", ran.stdout, re.MULTILINE), ran.stdout
    assert "LOBBY_CONNECTIONS_PER_ADDRESS_MAX" in ran.stderr


def test_too_few_open_files_are_named_with_the_number_that_is_needed() -> None:
    command = [sys.executable, "-m", "adventurebot_lobby", "load", "--players", "2000"]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 1_024)),
    )

    assert ran.returncode == 1
    assert "need 2,200 open files, and the system allows this process 1,024" in ran.stderr
