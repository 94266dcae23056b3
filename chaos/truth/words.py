"""What an event is called in the figures."""

from __future__ import annotations

from enum import Enum

from lobby.domain.events import Event


def in_a_word(event: Event) -> str:
    """The event's name, with its reason where it has one."""
    reason = getattr(event, "reason", None)
    name = type(event).__name__
    return f"{name}({reason.value})" if isinstance(reason, Enum) else name
