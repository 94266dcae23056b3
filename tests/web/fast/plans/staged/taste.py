"""The ingredients of documents over the lobby's schema."""

from __future__ import annotations

from tests.web.fast.plans.generated.taste import Taste
from tests.web.fast.plans.staged.parties import PARTIES, REFUSED
from tests.web.fast.plans.staged.services import BREAKS, SESSIONS

TASTE = Taste(
    values={
        "ID": (*PARTIES, *SESSIONS, "cid", BREAKS, REFUSED, "nowhere", 7),
        "String": ("Easy", "Knight", "", 'say "hi"', "hat", BREAKS, REFUSED, "x" * 60),
        "Cursor": ("epoch-3", "", REFUSED),
        "DateTime": ("2026-11-22T23:59:59.123Z", "2026-11-22T23:59:59+01:00"),
        "Int": (20, 1, 0, 50, 51, -1, 2**31 - 1),
    },
    only_json={"Cursor": (7,), "DateTime": ("noon", "2026-11-22T23:59:59")},
)
