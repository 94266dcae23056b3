"""Checks that clients of different kinds received the same events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tools.demo.answers import Answer

ABOUT_THE_STREAM = {"PartySnapshot", "Heartbeat", "Removed"}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORDS = {
    "state",
    "game_type",
    "visibility",
    "connection",
    "status",
    "reason",
    "leave_reason",
    "leader_reason",
    "host_reason",
    "cancel_reason",
    "close_reason",
}
"""Fields whose words GraphQL writes in upper case."""
_IDS = {"party": "party_id", "session": "session_id"}
_FLAT = {"member", "members", "seats", "host", "host_candidate"}
"""Objects that have the fields of their player among their own."""
_VIEWERS_OWN = {"ticket", "join_code", "endpoint", "seed"}
"""The own ticket of a player; the code, which is hidden from who has just left; the endpoint and the seed, which only players of
the session see."""
_COUNTED = {"member_count"}
"""What GraphQL counts for its clients."""


def log_of(events: Iterable[Answer]) -> dict[int, Answer]:
    """The entries of the log among the events, by seq. They must come without a gap, and each once."""
    entries = {event["seq"]: event for event in events if event["__typename"] not in ABOUT_THE_STREAM}
    seqs = [event["seq"] for event in events if event["__typename"] not in ABOUT_THE_STREAM]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), f"a gap or a double: {seqs}"
    return entries


def as_update(event: Answer) -> Answer:
    """An event as GraphQL shows it, in the words of `/updates`, without what is the viewer's own."""
    told = _fields(event, "")
    return {"type": told.pop("__typename"), **told}


def _fields(shown: Answer, inside: str) -> Answer:
    told: Answer = {}
    for name, value in shown.items():
        name = _snake(name)
        if name == "id":
            told[_IDS.get(inside, "player_id")] = value
        elif name == "player" and inside in _FLAT:
            told |= _fields(value, "player")
        elif name not in _COUNTED | _VIEWERS_OWN:
            told[name] = _value(name, value)
    return told


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _fields(value, name)
    if isinstance(value, list):
        return [_fields(item, name) if isinstance(item, dict) else _snake(item) for item in value]
    return value.lower() if name in _WORDS and isinstance(value, str) else value


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def differences(part: Any, whole: Any, path: str = "") -> list[str]:
    """Where `whole` does not say what `part` says; it may say more."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return [line for name in part for line in differences(part[name], whole.get(name, "nothing"), f"{path}.{name}")]
    if isinstance(part, list) and isinstance(whole, list) and len(part) == len(whole):
        pairs = enumerate(zip(part, whole, strict=True))
        return [line for place, (one, other) in pairs for line in differences(one, other, f"{path}.{place}")]
    return [] if part == whole else [f"{path}: {part!r} is not {whole!r}"]
