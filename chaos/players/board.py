"""What players tell each other beside the game: which parties there are, and how to get in."""

from __future__ import annotations

from random import Random

from chaos.json_value import Json

KEPT_MAX = 200
PASSWORD = "open sesame"  # noqa: S105
"""All parties that have one have this one."""


class Board:
    """Parties by id with their codes, as somebody saw them last. `parties_max`: how many are wished for at once."""

    def __init__(self, parties_max: int) -> None:
        self.parties_max = parties_max
        self._codes: dict[str, str | None] = {}

    @property
    def wants_more(self) -> bool:
        return len(self._codes) < self.parties_max

    def note(self, party: Json) -> None:
        """As a member, or somebody who looked from outside, saw it."""
        party_id = party["id"]
        if party["state"] == "CLOSED" or not party["memberCount"]:
            self._codes.pop(party_id, None)
            return
        self._codes[party_id] = party.get("joinCode") or self._codes.get(party_id)
        if len(self._codes) > KEPT_MAX:
            del self._codes[next(iter(self._codes))]

    def forget(self, party_id: str) -> None:
        """Somebody found no way into it."""
        self._codes.pop(party_id, None)

    def any_id(self, chance: Random) -> str | None:
        return chance.choice(list(self._codes)) if self._codes else None

    def any_code(self, chance: Random) -> str | None:
        codes = [code for code in self._codes.values() if code is not None]
        return chance.choice(codes) if codes else None
