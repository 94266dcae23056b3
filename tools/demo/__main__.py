"""`uv run python -m tools.demo [--url http://127.0.0.1:8000] [--countdown 3]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.demo.address import Address
from tools.demo.answers import NoAnswer, Rejected, RequestFailed, Unexpected
from tools.demo.journey import play
from tools.demo.screen import standard_screen
from web.graphql.execution.client_documents import client_documents

DOCUMENTS_FOLDER = Path(__file__).parents[2] / "client_queries"
DEFAULT_ADDRESS = Address("http://127.0.0.1:8000")
COUNTDOWN_S_MAX = 30
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, prog: str = "python -m tools.demo") -> int:
    """The exit code: 0 if the journey succeeded; 1 if it failed, and then the last line says why."""
    options = _parser(prog).parse_args(arguments)
    screen = standard_screen()
    documents = client_documents(DOCUMENTS_FOLDER) | client_documents(DOCUMENTS_FOLDER / "game_server")
    try:
        asyncio.run(play(options.url, documents, screen, options.countdown))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (NoAnswer, RequestFailed, Rejected, Unexpected, TimeoutError, ExceptionGroup) as error:
        screen.error(_message(error))
        return 1
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Four bots play the whole journey.")
    parser.add_argument("--url", type=Address.argument, default=DEFAULT_ADDRESS, help="where the server is")
    parser.add_argument(
        "--countdown", type=_countdown_s, default=3, metavar="SECONDS", help=f"0 to {COUNTDOWN_S_MAX}, default 3"
    )
    return parser


def _countdown_s(text: str) -> int:
    if not text.isdecimal() or int(text) > COUNTDOWN_S_MAX:
        raise argparse.ArgumentTypeError(f"0 to {COUNTDOWN_S_MAX} seconds, not {text}")
    return int(text)


def _message(error: Exception) -> str:
    """One line for an error. The first error of a group has caused the others."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, NoAnswer):
        return f"{error} Start one with scripts/serve, or name another with --url."
    if isinstance(error, TimeoutError):
        return "The demo stopped: an event or a connection did not come in time."
    return f"The demo stopped: {type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
