"""`adventurebot-lobby admin` does and lists on a real server what moderators do, and its exit codes say what came of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adventurebot_lobby.__main__ import main
from lobby.auth.api_keys import hash_key, new_key
from tests.lobby.allocators.receiver import receiver
from tests.served.test_events import SECRET
from tests.waiting import wait_for_value
from tests.web.rest_client import Rest, guest, running
from tools.admin.tables import show_table
from tools.admin.times import read_past_time, read_time

KEY, OPERATOR = new_key("moderator"), new_key("operator")
POST = 'mutation ($id: ID!) { postMessage(input: {partyId: $id, text: "rude words"}) { __typename } }'
REPORT = """mutation ($party: ID!, $player: ID!) {
  reportPlayer(input: {partyId: $party, playerId: $player, reason: "rude"}) { ... on Reported { reportId } }
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(moderator_keys=[f"mia={hash_key(KEY)}"], operator_keys=[hash_key(OPERATOR)]) as url:
        yield url


@pytest.fixture(autouse=True)
def environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVENTUREBOT_LOBBY_URL", url)
    monkeypatch.setenv("ADVENTUREBOT_LOBBY_KEY", KEY)


class Shell:
    """Runs commands, and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int | None, str, str]:
        """The exit code, the standard output and the standard error."""
        self._capsys.readouterr()
        try:
            code = main(["admin", *arguments])
        except SystemExit as ended:  # argparse
            code = ended.code if isinstance(ended.code, int) else 1
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *arguments: str) -> Any:
        code, out, error = self.run("--json", *arguments)
        assert code == 0, error
        return json.loads(out)

    def table(self, *arguments: str) -> list[str]:
        code, out, error = self.run(*arguments)
        assert code == 0, error
        return out.splitlines()


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


def me(client: Rest) -> Any:
    return client.post("/graphql", {"query": "{ me { id } }"}).json().get("data")


def test_a_ban_is_set_listed_and_lifted(url: str, shell: Shell) -> None:
    ann = guest(url)
    banned = shell.json("ban", ann.id, "--reason", "spam", "--until", "2h", "--idempotency-key", "one")
    assert (banned["action"], banned["playerId"], banned["by"], banned["replayed"]) == (
        "banPlayer",
        ann.id,
        "mia",
        False,
    )
    assert not me(ann)
    ban = next(row for row in shell.json("bans") if row["player"]["id"] == ann.id)
    until = datetime.fromisoformat(ban["until"])
    assert timedelta(hours=1) < until - datetime.now(UTC) < timedelta(hours=3)
    head, *rows = shell.table("bans")
    assert head.split() == ["player.id", "player.displayName", "until", "since", "by", "reason"]
    assert any(ann.id in row and row.endswith("spam") for row in rows)
    again = shell.json("ban", ann.id, "--reason", "spam", "--until", ban["until"], "--idempotency-key", "two")
    assert shell.json("ban", ann.id, "--reason", "spam", "--until", ban["until"], "--idempotency-key", "two") == {
        **again,
        "replayed": True,
    }
    assert shell.json("unban", ann.id, "--reason", "sorry")["action"] == "unbanPlayer"
    assert me(ann) == {"me": {"id": ann.id}}
    assert all(row["player"]["id"] != ann.id for row in shell.json("bans"))


def test_players_and_parties_are_removed_closed_and_told(url: str, shell: Shell) -> None:
    ann, bob = guest(url), guest(url)
    party = ann.makes()
    bob.joins(party)
    shell.json("announce", "Hello all")
    shell.json("announce", "Hello you", "--party", party["party_id"])
    shell.json("remove", bob.id, "--reason", "as asked")
    code, _, error = shell.run("remove", bob.id, "--reason", "as asked")
    assert (code, error) == (1, "NOT_MEMBER: The player is in no party. (input.playerId)\n")
    assert shell.json("close", party["party_id"], "--reason", "bad name")["partyId"] == party["party_id"]
    code, _, error = shell.run("close", party["party_id"], "--reason", "bad name")
    assert (code, error.split(":")[0]) == (1, "PARTY_CLOSED")
    log = shell.json("log", "--first", "4")
    assert [entry["action"] for entry in log] == ["closeParty", "removePlayer", "announce", "announce"]
    assert [entry["detail"] for entry in log[2:]] == ["Hello you", "Hello all"]


def test_a_report_is_listed_and_resolved(url: str, shell: Shell) -> None:
    ann, bob = guest(url), guest(url)
    party = ann.makes()
    bob.joins(party)
    ann.graphql(POST, id=party["party_id"])
    report = bob.graphql(REPORT, party=party["party_id"], player=ann.id)["reportPlayer"]["reportId"]
    (found,) = (row for row in shell.json("reports") if row["id"] == report)
    assert [message["text"] for message in found["messages"]] == ["rude words"]
    shell.json("resolve", report, "--resolution", "warned")
    assert all(row["id"] != report for row in shell.json("reports"))
    (resolved,) = (row for row in shell.json("reports", "--resolved") if row["id"] == report)
    assert resolved["resolution"] == "warned"


def test_a_maintenance_is_announced_begun_and_ended(url: str, shell: Shell) -> None:
    info = "{ serverInfo { maintenance { text } } }"
    shell.json("maintenance", "--at", "2h", "--text", "An update")
    assert Rest(url).graphql(info)["serverInfo"]["maintenance"] == {"text": "An update"}
    assert guest(url).makes()
    shell.json("maintenance", "--at", "0s")
    assert guest(url).post("/party").json()["code"] == "MAINTENANCE"
    shell.json("maintenance", "--end")
    assert guest(url).makes()


def test_the_data_of_a_player_is_printed_and_erased(url: str, shell: Shell) -> None:
    ann = guest(url)
    assert ann.id in json.dumps(shell.json("data", ann.id))
    code, _, error = shell.run("erase", ann.id, "--reason", "as asked")
    assert code == 2, "an erasure has to be confirmed"
    assert "--yes" in error
    assert shell.json("erase", ann.id, "--reason", "as asked", "--yes")["playerId"] is None
    assert shell.json("data", ann.id) == {"player_id": ann.id}


def test_long_lists_are_read_page_by_page(url: str, shell: Shell) -> None:
    for number in range(60):
        Rest(url, KEY).graphql(f'mutation {{ announce(input: {{text: "{number}"}}) {{ __typename }} }}')
    assert [entry["detail"] for entry in shell.json("log", "--first", "55")] == [str(59 - n) for n in range(55)]


def test_the_key_comes_from_a_file_or_from_standard_input(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ADVENTUREBOT_LOBBY_KEY")
    code, _, error = shell.run("bans")
    assert (code, "ADVENTUREBOT_LOBBY_KEY" in error) == (2, True)
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert shell.run("--key-file", str(tmp_path / "key"), "bans")[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    assert shell.run("--key-file", "-", "bans")[0] == 0
    assert shell.run("--key-file", str(tmp_path / "none"), "bans")[0] == 2


@pytest.mark.parametrize("command", [["bans"], ["unban", "x", "--reason", "y"], ["data", "x"]], ids=" ".join)
@pytest.mark.parametrize("key", [OPERATOR, "wrong"], ids=["operator", "wrong"])
def test_another_key_has_no_access(shell: Shell, monkeypatch: pytest.MonkeyPatch, key: str, command: list[str]) -> None:
    monkeypatch.setenv("ADVENTUREBOT_LOBBY_KEY", key)
    assert shell.run(*command)[0] == 3


def test_a_server_that_does_not_answer_is_another_exit_code(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.admin.commands.TRY_PAUSE_S", 0.01)
    code, _, error = shell.run("--url", "http://127.0.0.1:9", "unban", "x", "--reason", "y")
    assert code == 4
    assert "--idempotency-key" in error, "it may have been done"


def test_a_replay_needs_a_server_that_sends_events(shell: Shell) -> None:
    code, _, error = shell.run("replay-events", "--since", "1h")
    assert (code, "LOBBY_EVENTS_URL" in error) == (1, True)


def test_events_are_sent_again(shell: Shell) -> None:
    with (
        receiver() as receiving,
        running(moderator_keys=[f"mia={hash_key(KEY)}"], events_url=receiving.url, events_secret=SECRET) as url,
    ):
        party = guest(url).makes()["party_id"]

        def seqs() -> list[int]:
            return [sent.message["seq"] for sent in receiving.sent if sent.message["party_id"] == party]

        wait_for_value(seqs, lambda came: came == [1])
        assert shell.json("--url", url, "replay-events", "--since", "1h", "--party", party) == {"parties": 1}
        wait_for_value(seqs, lambda came: came == [1, 1])
        assert shell.json("--url", url, "replay-events", "--since", "2100-01-01") == {"parties": 0}


def test_a_table_shows_no_control_characters() -> None:
    table = show_table(("name", "is"), [{"name": "a\x1b[2Jb\nc", "is": None}, {"name": "x" * 100, "is": True}])
    assert table.splitlines()[1:] == ["a�[2Jb�c" + " " * 54 + "-", "x" * 59 + "…  yes"]


def test_times_are_moments_or_spans() -> None:
    assert read_time("2026-12-24T18:00Z") == datetime(2026, 12, 24, 18, tzinfo=UTC)
    assert read_time("2026-12-24T18:00") == datetime(2026, 12, 24, 18, tzinfo=UTC)
    assert abs(read_time("90m") - datetime.now(UTC) - timedelta(minutes=90)) < timedelta(seconds=10)
    assert abs(datetime.now(UTC) - read_past_time("2d") - timedelta(days=2)) < timedelta(seconds=10)
    for wrong in ("tomorrow", "5", "-1h", "9999999d"):
        with pytest.raises(Exception, match="2026"):
            read_time(wrong)
