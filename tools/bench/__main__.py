"""The benchmark beside the rivals: `scripts/bench --help`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cores import ARE_TWO, go_to_load_core
from bench.machine import machine
from bench.options import read_options
from bench.report.chart import chart
from bench.report.results import Results
from bench.report.text import report
from bench.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 whatever the figures are; 1 when there is none."""
    options = read_options(arguments)
    if not ARE_TWO:
        _say("there is one core only: server and load share it, so rates say little")
    _raise_open_files()
    where = machine()
    go_to_load_core()
    options.results.mkdir(parents=True, exist_ok=True)
    # Beside the results, since what is temporary is often kept in memory, where nothing durable has its price.
    with TemporaryDirectory(dir=options.results, prefix="run-") as folder:
        results = Results(options, where, tuple(run(options, Path(folder), _say)))
    if not results.readings:
        return 1
    text = report(results)
    print(f"\n{text}")
    _keep(results, text)
    return 0


def _keep(results: Results, text: str) -> None:
    """Under the time of the run, and once more as the latest."""
    folder = results.options.results
    for name in (time.strftime("%Y%m%d-%H%M%S", time.gmtime()), "latest"):
        (folder / f"{name}.json").write_text(results.as_json(), encoding="utf-8")
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        (folder / f"{name}.svg").write_text(chart(results), encoding="utf-8")
    _say(f"kept as latest.md, latest.json and latest.svg in {folder}")


def _raise_open_files() -> None:
    """Thousands of followers are thousands of sockets, here and in the servers that are started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
