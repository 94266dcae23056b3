"""How often a player may guess the password of one party."""

from __future__ import annotations

from collections import OrderedDict, deque

from lobby.domain.values import Instant, PartyId, PlayerId

GUESSES_MAX = 5
WINDOW_MS = 60_000
PAIRS_KEPT_MAX = 100_000
"""Players with a wrong guess in the last minute; past that the longest silent are forgotten."""


class Guesses:
    """Wrong guesses of the last minute, by player and party. In this process only."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[tuple[PlayerId, PartyId], deque[Instant]] = OrderedDict()

    def take(self, player_id: PlayerId, party_id: PartyId, at: Instant) -> int | None:
        """Take one guess before it is checked, so that guesses side by side count too. None: taken, else ms to wait."""
        made = self._made(player_id, party_id, at)
        if len(made) >= GUESSES_MAX:
            return made[0] + WINDOW_MS - at
        made.append(at)
        return None

    def left(self, player_id: PlayerId, party_id: PartyId, at: Instant) -> int:
        return GUESSES_MAX - len(self._made(player_id, party_id, at))

    def was_right(self, player_id: PlayerId, party_id: PartyId) -> None:
        """The guess taken last was no wrong one: give it back."""
        made = self._wrong.get((player_id, party_id))
        if made:
            made.pop()

    def _made(self, player_id: PlayerId, party_id: PartyId, at: Instant) -> deque[Instant]:
        pair = (player_id, party_id)
        made = self._wrong.setdefault(pair, deque())
        self._wrong.move_to_end(pair)
        while made and made[0] + WINDOW_MS <= at:
            made.popleft()
        while len(self._wrong) > PAIRS_KEPT_MAX:
            self._wrong.popitem(last=False)
        return made
