"""The attacks, for a moment each: long enough to see that every one is made, and that nothing comes of it."""

from __future__ import annotations

from attack.own_server import own_server, trouble
from attack.run import attempted

SECONDS = 0.15
MOST = 60
KINDS = (
    "alias bomb",
    "cyclic fields",
    "1 MB",
    "batches",
    "deep variables",
    "idle connections",
    "slow heads",
    "slow bodies",
    "never init",
    "subscribe and complete",
    "garbage",
    "join codes",
    "passwords",
    "tokens",
    "foreign",
    "two readings",
)


async def test_nothing_comes_of_any_attack() -> None:
    """No fault is told of, by an answer or by the server's log, and a good client is served throughout."""
    async with own_server(head_wait_s=1, body_wait_s=1, init_wait_s=1) as target:
        made = await attempted(target, SECONDS, MOST, KINDS, lambda _: None)

        assert [fault for each in made for fault in each.outcome.faults if not _is_of_time(fault)] == []
        assert trouble(target) == []
    assert len(made) == len(KINDS)
    assert all(each.outcome.sent > 0 for each in made)
    assert all(each.meanwhile.requests.count > 0 for each in made)


def _is_of_time(fault: str) -> bool:
    """How long things take says something on a machine that does nothing else, which is no machine of tests."""
    return "longer than" in fault or "waited for" in fault
