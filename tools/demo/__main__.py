"""`uv run python -m lobby.demo [--url http://127.0.0.1:8000] [--countdown 3]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from lobby.demo.address import Address
from lobby.demo.answers import NoAnswer, Refused, RequestFailed, Unexpected
from lobby.demo.journey import play
from lobby.demo.screen import standard_screen
from lobby.operations.client_documents import client_documents

DOCUMENTS_FOLDER = Path(__file__).parents[2] / "client_queries"
DEFAULT_ADDRESS = Address("http://127.0.0.1:8000")
COUNTDOWN_S_MAX = 30
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when all went well, 1 when something did not, and then the last line says what."""
    options = _parser().parse_args(arguments)
    screen = standard_screen()
    try:
        asyncio.run(play(options.url, client_documents(DOCUMENTS_FOLDER), screen, options.countdown))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (NoAnswer, RequestFailed, Refused, Unexpected, TimeoutError, ExceptionGroup) as error:
        screen.error(_in_a_line(error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lobby.demo", description="Four bots play the whole journey.")
    parser.add_argument("--url", type=Address.parse, default=DEFAULT_ADDRESS, help="where the server is")
    parser.add_argument(
        "--countdown", type=_countdown_s, default=3, metavar="SECONDS", help=f"0 to {COUNTDOWN_S_MAX}, default 3"
    )
    return parser


def _countdown_s(text: str) -> int:
    if not text.isdecimal() or int(text) > COUNTDOWN_S_MAX:
        raise argparse.ArgumentTypeError(f"0 to {COUNTDOWN_S_MAX} seconds, not {text}")
    return int(text)


def _in_a_line(error: Exception) -> str:
    """A group holds what failed beside each other; its first is the one that the rest followed from."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, NoAnswer):
        return f"{error} Start one with scripts/serve, or name another with --url."
    if isinstance(error, TimeoutError):
        return "The demo stopped: what it waited for did not come."
    return f"The demo stopped: {type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
