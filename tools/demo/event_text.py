"""Events as sentences."""

from __future__ import annotations

import re
from collections.abc import Callable

from tools.demo.answers import Answer

LEAVE_REASONS = {
    "LEFT": "left",
    "KICKED": "was kicked",
    "REMOVED": "was removed by a moderator",
    "BANNED": "was banned",
    "TIMED_OUT": "did not come back in time",
    "JOINED_ANOTHER": "went to another party",
    "PARTY_CLOSED": "left, as the party closed",
}
COMMON_FIELDS = frozenset({"__typename", "seq", "cursor", "at", "actorId", "partyId", "party"})
"""The fields that every event has."""


def event_text(event: Answer) -> str:
    """One line for people. An event without an entry in `TEXTS` is described by its name, its player and its plain fields."""
    describe = TEXTS.get(event["__typename"], _unknown)
    return describe(event)


def _unknown(event: Answer) -> str:
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", event["__typename"]).lower()
    own = {field: value for field, value in event.items() if field not in COMMON_FIELDS}
    who = next(filter(None, map(_display_name, own.values())), None)
    plain = [f"{field} is {value}" for field, value in own.items() if isinstance(value, str | int | float)]
    return ", ".join([f"{who}: {name}" if who else name, *plain])


def _display_name(value: object) -> str | None:
    """The name of a player, or of the player in an object."""
    if not isinstance(value, dict):
        return None
    return value.get("displayName") or _display_name(value.get("player"))


def _party_created(event: Answer) -> str:
    return f"{event['party']['settings']['name']!r} was created"


def _settings_changed(event: Answer) -> str:
    settings = event["party"]["settings"]
    return "settings: " + ", ".join(f"{name} is {settings.get(name, 'changed')}" for name in event["changed"])


def _member_joined(event: Answer) -> str:
    return f"{_member(event)} joined{' the running session' if event['member']['lateJoin'] else ''}"


def _member_left(event: Answer) -> str:
    reason = event["leaveReason"]
    return f"{event['player']['displayName']} {LEAVE_REASONS.get(reason) or f'left: {_plain(reason)}'}"


def _member_updated(event: Answer) -> str:
    member = event["member"]
    ready = "ready" if member["ready"] else "not ready"
    team = f", in team {member['team']}" if member.get("team") else ""
    return f"{_member(event)} is {member['characterClass'] or 'without a class'}{team}, {ready}"


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


def _session_go(event: Answer) -> str:
    missing = ", ".join(player["displayName"] for player in event["missing"])
    return f"play begins at {_clock(event['goAt'])}" + (f" without {missing}" if missing else "")


def _host_lost(event: Answer) -> str:
    candidate, previous = event["candidate"], event.get("previousHost") or event["previous"]
    gone = f"{previous['displayName']} does not host any more: {_plain(event['hostReason'])}"
    return f"{gone}; {candidate['displayName']} is asked" if candidate else f"{gone}; nobody can be asked now"


def _host_changed(event: Answer) -> str:
    ticket = "; a ticket came with it" if event.get("ticket") else ""
    return f"{event['host']['player']['displayName']} hosts the run now{ticket}"


def _session_ended(event: Answer) -> str:
    session = event["session"]
    return f"the session is over: {session['outcome'] or _plain(session['status'])}"


def _message_posted(event: Answer) -> str:
    return f"{event['author']['displayName']}: {event['text']}"


def _party_closed(event: Answer) -> str:
    return f"the party is closed: {_plain(event['closeReason'])}"


def _snapshot(event: Answer) -> str:
    members = ", ".join(member["player"]["displayName"] for member in event["party"]["members"])
    return f"the party as it is: {members}"


def _removed(event: Answer) -> str:
    return f"the stream ends: {_plain(event['leaveReason'])}"


def _member(event: Answer) -> str:
    return str(event["member"]["player"]["displayName"])


def _plain(code: str) -> str:
    return code.lower().replace("_", " ")


def _clock(instant: str) -> str:
    """The time of day of an ISO 8601 instant."""
    return instant.split("T")[1].rstrip("Z")


TEXTS: dict[str, Callable[[Answer], str]] = {
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
    "HostLost": _host_lost,
    "HostChanged": _host_changed,
    "SessionGo": _session_go,
    "SessionEnded": _session_ended,
    "MessagePosted": _message_posted,
    "PartyClosed": _party_closed,
    "Removed": _removed,
}
