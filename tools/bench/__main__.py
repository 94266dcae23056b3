"""The command line of the benchmark: `scripts/bench --help`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.bench.chart import chart
from tools.bench.machine import HAS_TWO_CORES, describe_machine, move_to_load_core
from tools.bench.options import read_options
from tools.bench.report import report
from tools.bench.results import Results
from tools.bench.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 with any figures, 1 without one."""
    options = read_options(arguments)
    if not HAS_TWO_CORES:
        _log("this machine has a single core: server and load share it, so rates mean little")
    _raise_open_files()
    machine = describe_machine()
    move_to_load_core()
    options.results.mkdir(parents=True, exist_ok=True)
    # On the disk of the results: the system's temporary folder is often in memory, where durable writes cost nothing.
    with TemporaryDirectory(dir=options.results, prefix="run-") as folder:
        results = Results(options, machine, tuple(run(options, Path(folder), _log)))
    if not results.readings:
        return 1
    text = report(results)
    print(f"\n{text}")
    _save(results, text)
    return 0


def _save(results: Results, text: str) -> None:
    """Write each file twice: under the time of the run, and as the latest."""
    folder = results.options.results
    for name in (time.strftime("%Y%m%d-%H%M%S", time.gmtime()), "latest"):
        (folder / f"{name}.json").write_text(results.as_json(), encoding="utf-8")
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        (folder / f"{name}.svg").write_text(chart(results), encoding="utf-8")
    _log(f"saved as latest.md, latest.json and latest.svg in {folder}")


def _raise_open_files() -> None:
    """Raise the limit on open files: thousands of followers need as many sockets, here and in the servers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _log(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
