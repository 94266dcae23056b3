"""Actions in a session, and its start."""

from __future__ import annotations

from tools.chaos.actions.situation import Action, Situation, in_party, in_session
from tools.chaos.expected_state.events import MARK
from tools.chaos.json_value import Json


def start(situation: Situation) -> Action | None:
    return in_party(situation, "StartSession", {"force": situation.random.random() < 0.6})


def update_session(situation: Situation) -> Action | None:
    fields: Json = {"attributes": [{"key": MARK, "value": situation.mark}]}
    if situation.random.random() < 0.5:
        fields["floor"] = situation.random.randint(1, 99)
    if situation.random.random() < 0.3:
        port = situation.random.randint(1024, 65_535)
        fields["endpoint"] = {"address": "192.0.2.7", "port": port, "protocol": "udp"}
    return in_session(situation, "UpdateSession", fields, situation.mark)


def report_endpoint(situation: Situation) -> Action | None:
    """Mostly as the host, or as the player who is asked to host; at times as somebody else, or with an older term."""
    session, port = situation.session, situation.random.randint(1024, 65_535)
    host = (session["host"] or session["hostCandidate"]) if session is not None else None
    if host is None or (host["player"]["id"] != situation.player_id and situation.random.random() < 0.9):
        return None
    term = host["term"] - (situation.random.random() < 0.1)
    endpoint = {"address": "192.0.2.8", "port": port, "protocol": "udp"}
    return in_session(situation, "ReportEndpoint", {"endpoint": endpoint, "hostTerm": term})


def yield_host(situation: Situation) -> Action | None:
    host = situation.session["host"] if situation.session is not None else None
    is_host = host is not None and host["player"]["id"] == situation.player_id
    return in_session(situation, "YieldHost", {}) if is_host else None


def save(situation: Situation) -> Action | None:
    """A state of some bytes, as much as fits into a message of a socket."""
    size = situation.random.choice([0, 100, 2_000, 2_000, 2_000, 60_000])
    return in_session(situation, "SaveCheckpoint", {"data": "x" * size, "label": situation.mark}, situation.mark)


def complete(situation: Situation) -> Action | None:
    return in_session(situation, "CompleteSession", {"outcome": situation.mark}, situation.mark)
