"""The command line: `python -m tools.upgrade --store valkey --nodes 3 --seconds 60 --seed 7`. See docs/upgrade.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.upgrade.released_code import RELEASE_0_1_0, NoHistory, extract
from tools.upgrade.run import play


def read_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Ends the process with the usage if the options are wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.upgrade",
        description="Plays the chaos test of release 0.1.0 while its servers are replaced by servers of this version.",
    )
    parser.add_argument("--seconds", type=float, default=30, help="of play; the end takes some more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--players", type=int, default=12)
    parser.add_argument("--parties", type=int, default=4, help="that players wish for at once")
    parser.add_argument("--nodes", type=int, default=1, help="servers, over a Valkey or a cluster")
    parser.add_argument("--store", choices=["sqlite", "valkey", "valkey-cluster"], default="sqlite")
    return parser.parse_args(arguments)


def main() -> int:
    """The exit code: 0 if nothing was lost and all servers were replaced, 1 if not, 2 if the old code is not to be had."""
    options = read_options(sys.argv[1:])
    folder = Path(tempfile.mkdtemp(prefix="upgrade-"))
    try:
        extract(RELEASE_0_1_0, folder / "old")
    except NoHistory as error:
        print(error, file=sys.stderr)
        return 2
    print(f"files in {folder}", flush=True)
    arguments = [f"--{name}={value}" for name, value in vars(options).items() if name != "store"]
    return play(folder, options.store, arguments)


if __name__ == "__main__":
    sys.exit(main())
