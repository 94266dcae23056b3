"""`adventurebot-lobby admin [--url URL] [--key-file FILE] COMMAND ...`, or `python -m tools.admin`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.admin.commands import COMMANDS, Command, Connection, NotAModerator, Result
from tools.admin.tables import show_json, show_table
from tools.demo.address import Address
from tools.demo.answers import NoAnswer, Rejected, RequestFailed

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
KEY_VARIABLE, URL_VARIABLE = "ADVENTUREBOT_LOBBY_KEY", "ADVENTUREBOT_LOBBY_URL"
"""Not with `LOBBY_` in front: the server refuses such names that are no settings."""

DONE, REJECTED, USAGE, NO_ACCESS, NO_ANSWER, INTERRUPTED = 0, 1, 2, 3, 4, 130


def main(arguments: Sequence[str] | None = None, prog: str = "python -m tools.admin") -> int:
    """The exit code: 0 done; 1 the server rejected it; 2 wrong arguments; 3 the key is no moderator's key; 4 no answer, and then
    the same command may be repeated with the same `--idempotency-key`."""
    parser = _parser(prog)
    options = parser.parse_args(arguments)
    command: Command = COMMANDS[options.command]
    try:
        connection = Connection(Address.parse(options.url), _read_key(options.key_file))
        result = asyncio.run(command.run(connection, options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (ValueError, OSError) as error:
        return _fail(str(error), USAGE)
    except NotAModerator as error:
        return _fail(str(error), NO_ACCESS)
    except (Rejected, RequestFailed) as error:
        return _fail(str(error), REJECTED)
    except NoAnswer as error:
        return _fail(str(error), NO_ANSWER)
    _show(result, as_json=options.json)
    return DONE


def _show(result: Result, as_json: bool) -> None:
    if as_json or result.columns is None:
        print(show_json(result.rows if result.is_list else result.rows[0]))
    elif result.rows or not result.is_list:
        print(show_table(result.columns, result.rows))
    else:
        print("none")


def _fail(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def _read_key(file: str | None) -> str:
    """The key. It is no argument of the command line, which every user of the machine can read.

    Raises `ValueError`, `OSError`.
    """
    if file == "-":
        key = sys.stdin.readline()
    elif file is not None:
        key = Path(file).read_text(encoding="utf-8")
    else:
        key = os.environ.get(KEY_VARIABLE, "")
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ValueError(
            f"A moderator's key is needed, in {KEY_VARIABLE} or in the file of --key-file (-: standard input)."
        )
    return key


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Acts and lists of moderators, on a server that runs.")
    url = os.environ.get(URL_VARIABLE, DEFAULT_ADDRESS)
    parser.add_argument(
        "--url", default=url, help=f"where the server is; default: {URL_VARIABLE}, or {DEFAULT_ADDRESS}"
    )
    parser.add_argument("--key-file", metavar="FILE", help=f"a file with the key, or -; default: {KEY_VARIABLE}")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.help, description=command.help))
    return parser


if __name__ == "__main__":
    sys.exit(main())
