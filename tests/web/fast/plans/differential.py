"""The deep profile of the differential test: as many documents as fit into a time.

`scripts/differential --seconds 600`; each run makes other documents, unless `--seed` says which.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from random import SystemRandom

from tests.web.fast.plans.differing import Coverage, Subject, hold_same
from tests.web.fast.plans.subjects import LOBBY, RICH

ROUND_DOCUMENTS = 200
DIFFERENCES_MAX = 5
"""After so many there is enough to look into."""


def main() -> int:
    asked = _arguments()
    subjects = [subject for subject in (RICH, LOBBY) if asked.schema in (None, subject.name)]
    coverages = {subject.name: Coverage() for subject in subjects}
    differences: Counter[str] = Counter()
    ends_at, seeded = time.monotonic() + asked.seconds, asked.seed
    while time.monotonic() < ends_at and differences.total() < DIFFERENCES_MAX:
        for subject in subjects:
            differences[subject.name] += not _is_same(subject, coverages[subject.name], seeded)
            _say(subject, coverages[subject.name], differences[subject.name])
        seeded += 1
    return 1 if differences.total() else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold plans against graphql-core, for a time.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**31))
    parser.add_argument("--schema", choices=[RICH.name, LOBBY.name])
    return parser.parse_args()


def _is_same(subject: Subject, coverage: Coverage, seeded: int) -> bool:
    try:
        hold_same(subject, coverage, ROUND_DOCUMENTS, seeded)
    except BaseExceptionGroup as group:
        traceback.print_exception(group)
    except Exception as error:
        print(f"\nA difference, at --schema {subject.name} --seed {seeded}: {error}", file=sys.stderr)
        for note in getattr(error, "__notes__", ()):
            print(note, file=sys.stderr)
    else:
        return True
    return False


def _say(subject: Subject, coverage: Coverage, differences: int) -> None:
    numbers = coverage.counts
    fell_back = numbers["runs of plans"] - numbers["finished"]
    print(
        f"{subject.name}: {numbers['documents']} documents, {numbers['planned']} of them planned; {numbers['answers']} answers "
        f"compared; {numbers['runs of plans']} runs of plans, {fell_back} of them fell back; {differences} differences",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
