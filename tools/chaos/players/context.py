"""The objects that all players of a run share."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from tools.chaos.evidence import Evidence
from tools.chaos.figures import Figures
from tools.chaos.json_value import Json

KNOWN_MAX = 200
PASSWORD = "open sesame"  # noqa: S105
"""The password of every party that has one."""


class KnownParties:
    """The parties that any player has seen, with their join codes and invites, so that other players can join them.

    `parties_max` is the number of parties at which players stop to create new ones.
    """

    def __init__(self, parties_max: int) -> None:
        self.parties_max = parties_max
        self._codes: dict[str, str | None] = {}
        self._invites: dict[str, str] = {}
        """The invitees of invites that were pending when a player saw them."""
        self._players: dict[str, None] = {}

    @property
    def wants_more(self) -> bool:
        return len(self._codes) < self.parties_max

    def note(self, party: Json) -> None:
        """Record a party as a member or another player saw it; remove it if it is closed or empty."""
        party_id = party["id"]
        for member in party.get("members", ()):
            _keep(self._players, member["player"]["id"], None)
        for invite in party.get("invites", ()):
            _keep(self._invites, invite["id"], invite.get("invitee", invite.get("to"))["id"])
        if party["state"] == "CLOSED" or not party["memberCount"]:
            self._codes.pop(party_id, None)
            return
        _keep(self._codes, party_id, party.get("joinCode") or self._codes.get(party_id))

    def forget(self, party_id: str) -> None:
        """Remove a party that a player could not join."""
        self._codes.pop(party_id, None)

    def any_id(self, random: Random) -> str | None:
        return random.choice(list(self._codes)) if self._codes else None

    def any_code(self, random: Random) -> str | None:
        codes = [code for code in self._codes.values() if code is not None]
        return random.choice(codes) if codes else None

    def any_player(self, random: Random) -> str | None:
        return random.choice(list(self._players)) if self._players else None

    def any_invite(self, random: Random, player_id: str) -> str | None:
        """An invite to this player, or else any other; it may have ended since."""
        own = [invite_id for invite_id, invitee_id in self._invites.items() if invitee_id == player_id]
        invites = own or list(self._invites)
        return random.choice(invites) if invites else None


Value = TypeVar("Value")


def _keep(known: dict[str, Value], key: str, value: Value) -> None:
    """Add to what is known; the oldest goes if it is too much."""
    known[key] = value
    if len(known) > KNOWN_MAX:
        del known[next(iter(known))]


@dataclass(frozen=True, slots=True)
class RunContext:
    """`address` is the proxy's: players know no other."""

    address: tuple[str, int]
    documents: Mapping[str, str]
    """By operation name."""
    evidence: Evidence
    figures: Figures
    known_parties: KnownParties
    seed: int
    actions_per_s: float
    """The rate of one player while the server answers at once."""
    loses_tails: bool = False
    """See `Deployment.loses_tails`."""
    is_calm: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the end of the chaos: players then send no mutations and no longer end their subscriptions."""
