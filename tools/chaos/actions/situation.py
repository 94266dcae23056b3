"""An action, and what a player knows on choosing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tools.chaos.json_value import Json
from tools.chaos.players.context import KnownParties


@dataclass(frozen=True, slots=True)
class Action:
    """A mutation to send. `mark`: see `SentMutation.mark`."""

    operation: str
    input: Json = field(default_factory=dict)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """The knowledge with which a player chooses an action: its party, and a `mark` that it never used before."""

    player_id: str
    party: Json | None
    known_parties: KnownParties
    random: Random
    mark: str

    @property
    def is_leader(self) -> bool:
        return any(member["isLeader"] for member in self.members if member["player"]["id"] == self.player_id)

    @property
    def members(self) -> list[Json]:
        members: list[Json] = self.party["members"] if self.party is not None else []
        return members

    @property
    def other_id(self) -> str | None:
        """The id of another member, chosen at random."""
        others = [member["player"]["id"] for member in self.members if member["player"]["id"] != self.player_id]
        return self.random.choice(others) if others else None

    @property
    def session(self) -> Json | None:
        """The session that is about to start or runs."""
        session: Json | None = self.party["session"] if self.party is not None else None
        return session if session is not None and session["endedAt"] is None else None

    @property
    def is_asked_to_host(self) -> bool:
        candidate = self.session["hostCandidate"] if self.session is not None else None
        return candidate is not None and candidate["player"]["id"] == self.player_id

    @property
    def session_id(self) -> str | None:
        return self.session["id"] if self.session is not None else None


Build = Callable[[Situation], Action | None]


def in_party(situation: Situation, operation: str, fields: Json, mark: str | None = None) -> Action:
    assert situation.party is not None
    return Action(operation, {"partyId": situation.party["id"], **fields}, mark)


def in_session(situation: Situation, operation: str, fields: Json, mark: str | None = None) -> Action | None:
    session_id = situation.session_id
    return Action(operation, {"sessionId": session_id, **fields}, mark) if session_id else None


def plain(operation: str) -> Build:
    return lambda situation: in_party(situation, operation, {})


def plain_in_session(operation: str) -> Build:
    return lambda situation: in_session(situation, operation, {})
