"""What a rule may answer."""

from __future__ import annotations

from lobby.domain.events import Entry, Event
from lobby.domain.rejections import Rejection
from lobby.value import Value


class PasswordToHash(Value):
    """The command can go on once `password_hash` is put into it. Hashing is slow by design, so it is done outside."""

    password: str


class PasswordToVerify(Value):
    """The command can go on once a `PasswordProof` of `password` against `against` is put into it."""

    password: str
    against: str


PasswordWork = PasswordToHash | PasswordToVerify

Answer = list[Event] | Rejection | PasswordWork
"""What one rule says of one command: the events it leads to, a no, or what it lacks."""

Decision = tuple[Entry, ...] | Rejection | PasswordWork
"""The same for the party as a whole: the entries to append, consequences included. Empty: nothing needs to change."""
