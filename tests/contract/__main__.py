"""Raises the contract: `scripts/contract [FILE]` makes FILE, or the schema as it is now, what later versions must keep.

It refuses a FILE that lacks something of the contract, so the contract only grows, and one that the served schema lacks
something of.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.contract.differences import describe_differences
from tests.contract.surface import RELEASED, release_names
from tests.contract.test_contract import CONTRACT, introspect, served_schema

PRINTED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def raise_contract(new: Path, contract: Path = CONTRACT) -> int:
    """Returns the exit status: 1 if `new` is refused."""
    text = new.read_text(encoding="utf-8")
    lost = describe_differences(introspect(contract.read_text(encoding="utf-8")), introspect(text))
    missing = describe_differences(introspect(text), served_schema())
    for line in lost:
        print(f"{new} takes away from the contract: {line}", file=sys.stderr)
    for line in missing:
        print(f"the served schema lacks: {line}", file=sys.stderr)
    if lost or missing:
        return 1
    contract.write_text(text, encoding="utf-8")
    print(f"{contract} is now {new}")
    return 0


def main(arguments: list[str]) -> int:
    """Without a FILE the names of `tests.contract.surface` are raised, too."""
    status = raise_contract(Path(arguments[0]) if arguments else PRINTED)
    if status == 0 and not arguments:
        release_names()
        print(f"{RELEASED} has the names of the settings, metrics, paths and subcommands that are served now")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
