"""What the core needs from outside. Each docstring states what must be atomic, in which order things show, and how it fails."""

from lobby.ports.allocator import Allocator, EndedRun, NoPlace, NoPlaceYet, Place
from lobby.ports.attendance import Attendance, Hold, Roll
from lobby.ports.clock import Clock
from lobby.ports.commits import Change, Commit, IdempotencyRecord, RefreshFamily, Retention
from lobby.ports.faults import BadPageCursor, Conflict, LogTrimmed, Unavailable
from lobby.ports.queries import Census, Page, PartyQuery, SessionQuery
from lobby.ports.signals import Signals
from lobby.ports.store import TAKEN_MS, Store

__all__ = [
    "TAKEN_MS",
    "Allocator",
    "Attendance",
    "BadPageCursor",
    "Census",
    "Change",
    "Clock",
    "Commit",
    "Conflict",
    "EndedRun",
    "Hold",
    "IdempotencyRecord",
    "LogTrimmed",
    "NoPlace",
    "NoPlaceYet",
    "Page",
    "PartyQuery",
    "Place",
    "RefreshFamily",
    "Retention",
    "Roll",
    "SessionQuery",
    "Signals",
    "Store",
    "Unavailable",
]
