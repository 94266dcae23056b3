"""Short runs of characters of a name, by which names that contain a text are found without reading all names."""

from __future__ import annotations

from lobby.domain.listing import folded

RUN_CHARS_MAX = 3
"""Longer runs find fewer false names, but there are more of them; three is the usual balance."""


def runs(name: str) -> set[str]:
    """Every run of 1 to 3 characters in `name`, whatever its case."""
    text = folded(name)
    return {
        text[start : start + length]
        for length in range(1, RUN_CHARS_MAX + 1)
        for start in range(len(text) - length + 1)
    }


def runs_wanted(part: str) -> set[str]:
    """The runs that every name with `part` in it has. Up to three characters they say it all, beyond that not."""
    text = folded(part)
    if len(text) <= RUN_CHARS_MAX:
        return {text} if text else set()
    return {text[start : start + RUN_CHARS_MAX] for start in range(len(text) - RUN_CHARS_MAX + 1)}
