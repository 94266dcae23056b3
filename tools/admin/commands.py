"""The commands: each sends one document of `client_queries/moderator`, or reads a list page by page."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tools.admin.times import HELP, read_past_time, read_time, to_text
from tools.demo.address import Address
from tools.demo.answers import Answer, NoAnswer, Rejected, RequestFailed
from tools.demo.http_client import HttpClient, http_client
from web.graphql.execution.client_documents import client_documents

DOCUMENTS_FOLDER = Path(__file__).parents[2] / "client_queries" / "moderator"
TRIES = 3
"""Requests for one act, if no answer comes, or UNAVAILABLE. It still happens once, by its key."""
TRY_PAUSE_S = 1.0
PAGE_MAX = 50
REPLAY_WAIT_S = 600.0
"""A replay reads all logs."""
ACT_COLUMNS = ("id", "at", "by", "action", "playerId", "partyId", "detail")


class NotAModerator(Exception):
    """The server does not know the key, or it is no moderator's key."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The server and the key."""

    address: Address
    key: str

    @asynccontextmanager
    async def open(self) -> AsyncIterator[HttpClient]:
        async with http_client(self.address, client_documents(DOCUMENTS_FOLDER)) as http:
            yield http.as_player(self.key)


@dataclass(frozen=True, slots=True)
class Result:
    """The rows that a command has found, or the act that it did. `columns` None: it is shown as JSON."""

    rows: Sequence[Any]
    columns: Sequence[str] | None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """`help`: one line. `run` raises `NotAModerator`, `Rejected`, `RequestFailed`, `NoAnswer`."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Connection, argparse.Namespace], Coroutine[Any, Any, Result]]


Read = Callable[[argparse.Namespace], Answer]
"""The input of the mutation, from the arguments."""


def _act(operation: str, help: str, add_arguments: Callable[[argparse.ArgumentParser], None], read: Read) -> Command:
    def add(parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument(
            "--idempotency-key", metavar="KEY", help="to repeat a command that got no answer; default: a new one"
        )

    async def run(connection: Connection, options: argparse.Namespace) -> Result:
        key = options.idempotency_key or str(uuid4())
        async with connection.open() as http:
            answer = await _send_act(http, operation, read(options) | {"idempotencyKey": key}, key)
        return Result([{**answer["entry"], "replayed": answer["replayed"]}], (*ACT_COLUMNS, "replayed"))

    return Command(help, add, run)


async def _send_act(http: HttpClient, operation: str, fields: Answer, key: str) -> Answer:
    for number in range(TRIES):
        if number:
            await asyncio.sleep(TRY_PAUSE_S)
        try:
            answer: Answer = await _ask(http, operation, {"input": fields})
        except NoAnswer as error:
            problem = str(error)
            continue
        if answer["__typename"] == "Moderated":
            return answer
        if answer["code"] != "UNAVAILABLE":
            field = f" ({answer['field']})" if answer["field"] else ""
            raise Rejected({**answer, "message": f"{answer['message']}{field}", "retryable": False})
        problem = "The store of the server is unavailable."
    raise NoAnswer(f"{problem} It may have been done: repeat it with --idempotency-key {key}")


async def _ask(http: HttpClient, operation: str, variables: Answer) -> Any:
    try:
        return await http.run(operation, variables)
    except RequestFailed as error:
        if error.code == "UNAUTHENTICATED":
            raise NotAModerator(f"The key is not accepted: {error}") from None
        raise


def _list(operation: str, help: str, columns: Sequence[str], id_of: Callable[[Answer], str], **flags: str) -> Command:
    """`flags`: switches of the command, each with its help. They become variables."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--first", type=_count, default=PAGE_MAX, metavar="N", help="how many at most; default 50")
        for name, text in flags.items():
            parser.add_argument(f"--{name}", action="store_true", help=text)

    async def run(connection: Connection, options: argparse.Namespace) -> Result:
        variables = {"unresolved": not options.resolved} if "resolved" in flags else {}
        rows: list[Answer] = []
        async with connection.open() as http:
            while len(rows) < options.first:
                first = min(PAGE_MAX, options.first - len(rows))
                after = id_of(rows[-1]) if rows else None
                page = await _ask(http, operation, {"first": first, "after": after, **variables})
                rows += page
                if len(page) < first:
                    break
        return Result(rows, columns, is_list=True)

    return Command(help, add, run)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= len(text) <= 6 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 to 999999, not {text!r}")
    return int(text)


def _of_player(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("player", help="the id of the player")
    _reason(parser)


def _of_party(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("party", help="the id of the party")
    _reason(parser)


def _reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, help="1 to 500 characters, for the log of moderation")


def _read_player(options: argparse.Namespace) -> Answer:
    return {"playerId": options.player, "reason": options.reason}


def _ban_arguments(parser: argparse.ArgumentParser) -> None:
    _of_player(parser)
    parser.add_argument("--until", type=read_time, metavar="TIME", help=f"{HELP}; default: for good")


def _announce_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="1 to 500 characters")
    parser.add_argument("--party", help="only to the members of the party with this id")


def _maintenance_arguments(parser: argparse.ArgumentParser) -> None:
    when = parser.add_mutually_exclusive_group(required=True)
    when.add_argument("--at", type=read_time, metavar="TIME", help=f"when it begins: {HELP}; 0s: now")
    when.add_argument("--end", action="store_true", help="end it, or call it off")
    parser.add_argument("--text", help="what players are told")


def _read_maintenance(options: argparse.Namespace) -> Answer:
    return {"startsAt": to_text(options.at) if options.at is not None else None, "text": options.text}


def _erase_arguments(parser: argparse.ArgumentParser) -> None:
    _of_player(parser)
    parser.add_argument("--yes", action="store_true", required=True, help="needed: it cannot be undone")


def _resolve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", help="the id of the report")
    parser.add_argument("--resolution", required=True, help="1 to 500 characters: what was done")


def _data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("player", help="the id of the player")


async def _run_data(connection: Connection, options: argparse.Namespace) -> Result:
    async with connection.open() as http:
        return Result([json.loads(await _ask(http, "PlayerData", {"playerId": options.player}))], None)


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since", type=read_past_time, required=True, metavar="TIME", help="a time, or how long ago: 30m, 12h, 7d"
    )
    parser.add_argument("--party", help="only events of the party with this id")


async def _run_replay(connection: Connection, options: argparse.Namespace) -> Result:
    query = {"since": to_text(options.since), **({"party_id": options.party} if options.party else {})}
    headers = {"authorization": f"Bearer {connection.key}"}
    url = f"{connection.address.base}/events/replay"
    try:
        async with httpx.AsyncClient(timeout=REPLAY_WAIT_S, trust_env=not connection.address.is_loopback) as http:
            response = await http.post(url, params=query, headers=headers)
            answer = response.json()
    except (httpx.TransportError, ValueError) as error:
        raise NoAnswer(f"No lobby server answers at {connection.address.base}.") from error
    if response.status_code == 401:
        raise NotAModerator(f"The key is not accepted: {answer['detail']}")
    if response.status_code == 404:
        raise RequestFailed([{"message": "The server sends no events: LOBBY_EVENTS_URL is not set."}])
    if response.status_code != 200:
        raise RequestFailed([{"message": answer["detail"]}])
    return Result([answer], ("parties",))


COMMANDS = {
    "ban": _act(
        "BanPlayer",
        "ban a player, who leaves the party and can't sign in",
        _ban_arguments,
        lambda options: _read_player(options) | {"until": to_text(options.until) if options.until else None},
    ),
    "unban": _act("UnbanPlayer", "lift a ban", _of_player, _read_player),
    "remove": _act("RemovePlayer", "take the seat from a player, who may join again", _of_player, _read_player),
    "close": _act(
        "CloseParty",
        "close a party",
        _of_party,
        lambda options: {"partyId": options.party, "reason": options.reason},
    ),
    "announce": _act(
        "Announce",
        "show words to all who are connected, or to a party",
        _announce_arguments,
        lambda options: {"text": options.text, "partyId": options.party},
    ),
    "maintenance": _act(
        "SetMaintenance", "announce, begin or end a maintenance", _maintenance_arguments, _read_maintenance
    ),
    "resolve": _act(
        "ResolveReport",
        "mark a report as done",
        _resolve_arguments,
        lambda options: {"reportId": options.report, "resolution": options.resolution},
    ),
    "erase": _act("ErasePlayer", "remove everything that is kept about a player", _erase_arguments, _read_player),
    "bans": _list(
        "Bans",
        "list bans, the latest first",
        ("player.id", "player.displayName", "until", "since", "by", "reason"),
        lambda row: str(row["player"]["id"]),
    ),
    "reports": _list(
        "Reports",
        "list reports that wait, the latest first",
        ("id", "at", "reporter.displayName", "player.id", "player.displayName", "party.id", "reason", "resolution"),
        lambda row: str(row["id"]),
        resolved="also those that are done",
    ),
    "log": _list("ModerationLog", "list acts of moderators, the latest first", ACT_COLUMNS, lambda row: str(row["id"])),
    "data": Command(
        "print everything that is stored with the id of a player, as JSON",
        _data_arguments,
        _run_data,
    ),
    "replay-events": Command("send events to the webhook again", _replay_arguments, _run_replay),
}
"""By name, in the order of the help."""
