"""Where somebody stands towards a party: what they may see of it."""

from __future__ import annotations

from enum import IntEnum

from lobby.domain.model import Party, Session
from lobby.domain.values import PlayerId, Visibility

OPERATORS: PlayerId = "operators"
"""Who reads with an operator's key. No player's id is like it."""


class Standing(IntEnum):
    """Each one sees all that the ones before it see."""

    STRANGER = 0
    """Neither a member nor one of the last members."""
    FORMER = 1
    """Was in it when it closed: may still read it. Operators stand so towards all parties: they see what is said and done, and
    nothing that would let them in."""
    MEMBER = 2
    """Sees the join code and the members' attributes."""
    INSIDE = 3
    """A member who is in the session: sees its endpoint."""

    @property
    def sees_attributes(self) -> bool:
        """Those of the members; the party's own are for all who see the party."""
        return self >= Standing.FORMER

    @property
    def sees_join_code(self) -> bool:
        return self >= Standing.MEMBER

    @property
    def sees_endpoint(self) -> bool:
        return self is Standing.INSIDE


def standing(party: Party, player_id: PlayerId | None, of: Session | None = None) -> Standing:
    """Towards `party` and its session, or `of` its sessions the one given."""
    if player_id is None:
        return Standing.STRANGER
    if player_id == OPERATORS:
        return Standing.FORMER
    if party.member(player_id) is not None:
        session = of or party.shown_session
        return Standing.INSIDE if session is not None and session.has(player_id) else Standing.MEMBER
    return Standing.FORMER if player_id in party.last_member_ids else Standing.STRANGER


def can_see(party: Party, player_id: PlayerId | None) -> bool:
    """Whether the party is there at all for `player_id`."""
    if standing(party, player_id) is not Standing.STRANGER:
        return True
    return party.settings.visibility is Visibility.PUBLIC and not party.is_closed
