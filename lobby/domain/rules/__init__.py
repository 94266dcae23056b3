"""The rules: which commands a party accepts, and which events follow. Here are the types of what a rule takes and returns.

`decide.py` is the entry point; nothing outside this package calls another module for a command. Each of the other modules
holds the rules of one subject and a table `RULES` from the kind of a command to its rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lobby.domain.bounds import Bounds
from lobby.domain.events import Entry, Event
from lobby.domain.model import Party
from lobby.domain.passwords import PasswordWork
from lobby.domain.rejections import Rejection
from lobby.domain.values import Instant

RuleResult = list[Event] | Rejection | PasswordWork
"""The result of one rule.

Events: the command is accepted, and these happen. An empty list: accepted, and nothing has to change. A rejection: refused.
Password work: the caller must do it first and then decide again (see `lobby.domain.passwords`).
"""

Decision = tuple[Entry, ...] | Rejection | PasswordWork
"""The result of `decide`: as `RuleResult`, with the events as entries of the log, and with all that follows from them."""

Rule = Callable[[Party, Any, Instant, Bounds], RuleResult]
"""A rule is a pure function of the party, the command, the time of the decision in ms, and the operator's bounds."""

RuleTable = Mapping[type[Any], Rule]
"""The rules of one module by the kind of the command."""
