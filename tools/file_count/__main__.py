"""The command line: `python -m tools.file_count`, with `--list` for the names of the files."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.bench.documents import ROOT
from tools.bench.text_table import text_table
from tools.file_count.trace import trace

SERVER_PACKAGES = ("lobby", "web", "resolvers", "schema")
OTHER_PACKAGES = ("tools", "tests")
SHORT_LINES = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.file_count", description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the names of the crossed files too")
    parser.add_argument("--no-trace", action="store_true", help="only count files and lines, without starting servers")
    parsed = parser.parse_args(arguments)
    print(package_table())
    if not parsed.no_trace:
        print(f"\n{_trace_report(parsed.list)}")
    return 0


def package_table() -> str:
    """Files, median lines and short files of each package. Empty files such as `__init__.py` do not count."""
    rows = [_package_row(package, (package,)) for package in (*SERVER_PACKAGES, *OTHER_PACKAGES)]
    rows.insert(len(SERVER_PACKAGES), _package_row("the server in all", SERVER_PACKAGES))
    return text_table(["package", "files", "median lines", f"under {SHORT_LINES} lines", "longest"], rows)


def _package_row(title: str, packages: Sequence[str]) -> list[str]:
    lines = sorted(count for package in packages for count in _line_counts(ROOT / package))
    short = sum(count < SHORT_LINES for count in lines)
    return [title, str(len(lines)), f"{statistics.median(lines):.0f}", str(short), str(lines[-1])]


def _line_counts(package: Path) -> list[int]:
    counts = [len(path.read_text(encoding="utf-8").splitlines()) for path in package.rglob("*.py") if _is_source(path)]
    return [count for count in counts if count]


def _is_source(path: Path) -> bool:
    return "node_modules" not in path.parts


def _trace_report(has_names: bool) -> str:
    rows, names = [], []
    for is_fast in (True, False):
        setting = f"LOBBY_FAST={str(is_fast).lower()}"
        traced = trace(is_fast)
        rows.append([setting, str(len(traced.mutation)), str(len(traced.event))])
        for title, files in (("one setReady", traced.mutation), ("delivery of its event", traced.event)):
            names += ["", f"{setting}: {title}", *(f"  {file}" for file in files)]
    table = text_table(["files that one request crosses", "setReady over HTTP", "its event to a follower"], rows)
    return "\n".join([table, *names]) if has_names else table


if __name__ == "__main__":
    sys.exit(main())
