"""Chance that can be had again: each who draws has a generator of its own, so none disturbs another's."""

from __future__ import annotations

from random import Random


def chance(seed: int, *names: object) -> Random:
    """The same for the same seed and names. What meets what in time is still the machine's to decide."""
    return Random(":".join(map(str, (seed, *names))))  # noqa: S311  # nothing here is a secret
