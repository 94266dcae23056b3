"""Events in words."""

from __future__ import annotations

from collections.abc import Callable

from lobby.demo.answers import Answer

LEFT = {
    "LEFT": "left",
    "KICKED": "was kicked",
    "BANNED": "was banned",
    "TIMED_OUT": "did not come back in time",
    "JOINED_ANOTHER": "went to another party",
    "PARTY_CLOSED": "left, as the party closed",
}


def in_words(event: Answer) -> str:
    """One line for people; an event that this client does not know yet is told by its name."""
    tell = WORDS.get(event["__typename"])
    return tell(event) if tell else str(event["__typename"])


def _party_created(event: Answer) -> str:
    return f"{event['party']['settings']['name']!r} was opened"


def _settings_changed(event: Answer) -> str:
    settings = event["party"]["settings"]
    return "settings: " + ", ".join(f"{name} is {settings.get(name, 'changed')}" for name in event["changed"])


def _member_joined(event: Answer) -> str:
    return f"{_member(event)} joined{' the running session' if event['member']['lateJoin'] else ''}"


def _member_left(event: Answer) -> str:
    return f"{event['player']['displayName']} {LEFT[event['leaveReason']]}"


def _member_updated(event: Answer) -> str:
    member = event["member"]
    return f"{_member(event)} is {member['characterClass'] or 'without a class'}, {_ready(member)}"


def _connection_changed(event: Answer) -> str:
    is_back = event["member"]["connection"] == "CONNECTED"
    return f"{_member(event)} {'is back' if is_back else 'lost the connection; the seat is kept'}"


def _leader_changed(event: Answer) -> str:
    return f"{event['leader']['displayName']} leads now"


def _countdown_started(event: Answer) -> str:
    return f"the countdown runs until {_clock(event['startsAt'])}"


def _countdown_cancelled(event: Answer) -> str:
    return f"the countdown was stopped: {_plain(event['cancelReason'])}"


def _session_started(event: Answer) -> str:
    players = ", ".join(player["displayName"] for player in event["session"]["players"])
    return f"the session runs for {players}{'; a ticket came with it' if event.get('ticket') else ''}"


def _session_updated(event: Answer) -> str:
    session = event["session"]
    endpoint = session["endpoint"] or {}
    where = endpoint.get("relayCode") or endpoint.get("address")
    return f"the session is on floor {session['floor']}{f', at {where}' if where else ''}"


def _session_ended(event: Answer) -> str:
    session = event["session"]
    return f"the session is over: {session['outcome'] or _plain(session['status'])}"


def _message_posted(event: Answer) -> str:
    return f"{event['author']['displayName']}: {event['text']}"


def _party_closed(event: Answer) -> str:
    return f"the party is closed: {_plain(event['closeReason'])}"


def _snapshot(event: Answer) -> str:
    members = ", ".join(member["player"]["displayName"] for member in event["party"]["members"])
    return f"the party as it stands: {members}"


def _removed(event: Answer) -> str:
    return f"the stream ends: {_plain(event['leaveReason'])}"


def _member(event: Answer) -> str:
    return str(event["member"]["player"]["displayName"])


def _ready(member: Answer) -> str:
    return "ready" if member["ready"] else "not ready"


def _plain(code: str) -> str:
    return code.lower().replace("_", " ")


def _clock(instant: str) -> str:
    """The time of day out of an ISO 8601 instant."""
    return instant.split("T")[1].rstrip("Z")


WORDS: dict[str, Callable[[Answer], str]] = {
    "PartySnapshot": _snapshot,
    "PartyCreated": _party_created,
    "SettingsChanged": _settings_changed,
    "MemberJoined": _member_joined,
    "MemberLeft": _member_left,
    "MemberUpdated": _member_updated,
    "MemberConnectionChanged": _connection_changed,
    "LeaderChanged": _leader_changed,
    "CountdownStarted": _countdown_started,
    "CountdownCancelled": _countdown_cancelled,
    "SessionStarted": _session_started,
    "SessionUpdated": _session_updated,
    "SessionEnded": _session_ended,
    "MessagePosted": _message_posted,
    "PartyClosed": _party_closed,
    "Removed": _removed,
}
