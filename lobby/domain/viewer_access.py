"""Access levels: how much of a party a caller may see."""

from __future__ import annotations

from enum import IntEnum

from lobby.domain.invites import invite_to
from lobby.domain.model import Party, Session
from lobby.domain.values import PlayerId, Visibility

OPERATORS: PlayerId = "operators"
"""The id of a reader with an operator's key. No player has this id."""


class AccessLevel(IntEnum):
    """Each level sees all that the lower levels see."""

    STRANGER = 0
    """Neither a member, nor a member at the time when the party closed, nor on the waiting list."""
    WAITING = 1
    """On the waiting list of the party, or a seat is held for the player from that list. Sees the list and the seats that are
    held; apart from that, what a stranger sees of a public party."""
    FORMER = 2
    """A member at the time when the party closed: may still read it. Operators have this level for all parties: they see
    messages and events, but no join code and no endpoint."""
    MEMBER = 3
    """Sees the join code and the members' attributes."""
    INSIDE = 4
    """A member inside the session: sees its endpoint and its seed."""

    @property
    def sees_waiting_list(self) -> bool:
        """The waiting list, and the seats that are held."""
        return self >= AccessLevel.WAITING

    @property
    def sees_attributes(self) -> bool:
        """The attributes of members. The party's own attributes are visible to all who see the party."""
        return self >= AccessLevel.FORMER

    @property
    def sees_join_code(self) -> bool:
        return self >= AccessLevel.MEMBER

    @property
    def sees_endpoint(self) -> bool:
        return self is AccessLevel.INSIDE


def access_level(party: Party, player_id: PlayerId | None, session: Session | None = None) -> AccessLevel:
    """The level of a player for `party` and `session`, which is the latest session of the party unless given."""
    if player_id is None:
        return AccessLevel.STRANGER
    if player_id == OPERATORS:
        return AccessLevel.FORMER
    if party.member(player_id) is not None:
        session = session or party.latest_session
        return AccessLevel.INSIDE if session is not None and session.has_player(player_id) else AccessLevel.MEMBER
    if player_id in party.last_member_ids:
        return AccessLevel.FORMER
    return AccessLevel.WAITING if party.is_waiting(player_id) else AccessLevel.STRANGER


def levels_of_members(party: Party) -> dict[PlayerId, AccessLevel]:
    """The levels of all members. For one member, `access_level` looks at all of them, too."""
    levels = {member.player.id: AccessLevel.MEMBER for member in party.members}
    session = party.latest_session
    if session is not None:
        for player in session.players:
            if player.id in levels:
                levels[player.id] = AccessLevel.INSIDE
    return levels


def insiders(party: Party) -> set[PlayerId]:
    """Everybody who may see more of `party` than a stranger."""
    return {OPERATORS, *party.last_member_ids, *party.claimed_players}


def can_see(party: Party, player_id: PlayerId | None) -> bool:
    """True if the player may know that the party exists: it is public and open, the player has a part in it or is invited, or a
    seat is held for the player."""
    if access_level(party, player_id) is not AccessLevel.STRANGER:
        return True
    if party.reservation(player_id) is not None:
        return True
    if player_id is not None and invite_to(party, player_id) is not None:
        return True
    return party.settings.visibility is Visibility.PUBLIC and not party.is_closed
