"""Teams: which team a member belongs to, from 1 to the setting `teams`. Without teams (0) nobody has one.

- A team holds at most `maxMembers / teams` players, rounded up.
- A newcomer goes to the team with the fewest members, of equal ones to that with the lowest number. Members who have no place in
  their team after a change of the settings are spread by the same rule, in the order in which they joined.
- Members change their own team while the party is WAITING; the leader moves anybody, but not during a countdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from lobby.domain.bounds import Bounds
from lobby.domain.commands import SetTeam, ShuffleTeams
from lobby.domain.model import Member, Party, Player
from lobby.domain.party_settings import PartySettings
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_starting, require_leader, require_member
from lobby.domain.rules.members import change_member
from lobby.domain.values import Instant, PartyState, PlayerId

Item = TypeVar("Item")


class Placed(Protocol):
    """A member, or a player for whom a seat is held."""

    @property
    def player(self) -> Player: ...

    @property
    def team(self) -> int | None: ...


NO_TEAMS = Rejection(RejectionCode.INVALID_INPUT, "The party has no teams.")


def set_team(party: Party, command: SetTeam, at: Instant, bounds: Bounds) -> RuleResult:
    """Move a member to a team. A member who changes teams becomes un-ready; one whom the leader moves stays ready."""
    member = _require_movable(party, command.actor, command.player_id, at)
    if isinstance(member, Rejection):
        return member
    settings = party.settings
    if settings.teams == 0:
        return NO_TEAMS
    if not 1 <= command.team <= settings.teams:
        return invalid("team", f"Must be 1 to {settings.teams}.")
    if command.team == member.team:
        return []
    if team_sizes((*party.members, *party.reservations), settings)[command.team] >= team_size_max(settings):
        return Rejection(RejectionCode.TEAM_FULL, "The team is full.", "team", retryable=True, current=party)
    is_own = member.player.id == command.actor.id
    return change_member(member, team=command.team, ready_for=None if is_own else member.ready_for)


def shuffle_teams(party: Party, command: ShuffleTeams, at: Instant, bounds: Bounds) -> RuleResult:
    """Give every member a random team, so that the sizes of the teams differ by one at most."""
    rejection = require_leader(party, command.actor)
    if rejection is not None:
        return rejection
    if party.state is PartyState.STARTING:
        return reject_starting(party, at)
    if party.settings.teams == 0:
        return NO_TEAMS
    # The teams are shuffled too: otherwise the extra members would always go to the same teams.
    teams, bits = _shuffle(range(1, party.settings.teams + 1), command.random_bits)
    members, _ = _shuffle(party.members, bits)
    moves = {member.player.id: teams[place % len(teams)] for place, member in enumerate(members)}
    return [event for member in party.members for event in change_member(member, team=moves[member.player.id])]


def _shuffle(items: Iterable[Item], bits: int) -> tuple[list[Item], int]:
    """The items in an order that follows from random `bits` (Fisher and Yates), and the bits that are left."""
    shuffled = list(items)
    for place in range(len(shuffled) - 1, 0, -1):
        bits, other = divmod(bits, place + 1)
        shuffled[place], shuffled[other] = shuffled[other], shuffled[place]
    return shuffled, bits


def _require_movable(party: Party, actor: Player, player_id: PlayerId | None, at: Instant) -> Member | Rejection:
    """The member whom `actor` may move: the actor, or for a leader also another member."""
    own = require_member(party, actor.id)
    if isinstance(own, Rejection):
        return own
    if player_id not in (None, actor.id) or party.state is PartyState.IN_PROGRESS:
        rejection = require_leader(party, actor)
        if rejection is not None:
            return rejection
    member = own if player_id is None else party.member(player_id)
    if member is None:
        return Rejection(RejectionCode.NOT_MEMBER, "That player is not in the party.", "player_id", current=party)
    return reject_starting(party, at) if party.state is PartyState.STARTING else member


def team_of_newcomer(members: Iterable[Placed], settings: PartySettings) -> int | None:
    """The team of a player who joins `members`; None without teams."""
    return _smallest(team_sizes(members, settings))


def spread_teams(members: Sequence[Placed], settings: PartySettings) -> dict[PlayerId, int | None]:
    """The team of each member under new `settings`. A member whose team is there and has room stays in it."""
    sizes, size_max = team_sizes((), settings), team_size_max(settings)
    teams: dict[PlayerId, int | None] = {}
    for member in members:
        if member.team in sizes and sizes[member.team] < size_max:
            teams[member.player.id] = member.team
            sizes[member.team] += 1
    for member in members:
        if member.player.id not in teams:
            teams[member.player.id] = team = _smallest(sizes)
            if team is not None:
                sizes[team] += 1
    return teams


def place_groups(groups: Sequence[Sequence[PlayerId]], settings: PartySettings) -> dict[PlayerId, int | None]:
    """The team of each player, so that the teams are as even as possible and as many groups as possible stay together."""
    players = [player_id for group in groups for player_id in group]
    if settings.teams == 0:
        return dict.fromkeys(players)
    sizes, size_max = team_sizes((), settings), -(-len(players) // settings.teams)
    placed: dict[PlayerId, int | None] = {}
    ordered = sorted(groups, key=len, reverse=True)
    whole = _place_whole(ordered, sizes, size_max)
    for group in ordered if whole is None else ():
        for player_id in group:  # no way keeps all groups together, so each fills one team after the other
            fitting = [team for team, size in sizes.items() if size < size_max]
            kept = [team for team in fitting if team in (placed.get(other) for other in group)]
            team = (kept or sorted(fitting, key=lambda team: (sizes[team], team)))[0]
            placed[player_id] = team
            sizes[team] += 1
    for group, team in zip(ordered, whole or (), strict=False):
        placed |= dict.fromkeys(group, team)
    return {player_id: placed[player_id] for player_id in players}


def _place_whole(groups: Sequence[Sequence[PlayerId]], sizes: dict[int, int], size_max: int) -> list[int] | None:
    """A team for each whole group, the largest group first; None if there is no such way. At most eight groups in four teams."""
    if not groups:
        return []
    tried: set[int] = set()
    for team in sorted(sizes, key=lambda team: (sizes[team], team)):
        size = sizes[team]
        if size in tried or size + len(groups[0]) > size_max:
            continue
        tried.add(size)
        rest = _place_whole(groups[1:], {**sizes, team: size + len(groups[0])}, size_max)
        if rest is not None:
            return [team, *rest]
    return None


def find_empty_team(party: Party) -> int | None:
    """The lowest number of a team without a member; None if each has one, or there are no teams."""
    sizes = team_sizes(party.members, party.settings)
    return next((team for team, size in sizes.items() if size == 0), None)


def team_size_max(settings: PartySettings) -> int:
    """How many members a team may have; 0 without teams."""
    return -(-settings.max_members // settings.teams) if settings.teams else 0


def team_sizes(members: Iterable[Placed], settings: PartySettings) -> dict[int, int]:
    """How many of `members` each team has, by its number."""
    sizes = dict.fromkeys(range(1, settings.teams + 1), 0)
    for member in members:
        if member.team in sizes:
            sizes[member.team] += 1
    return sizes


def _smallest(sizes: dict[int, int]) -> int | None:
    """The team with the fewest members, of equal ones the lowest number."""
    return min(sizes, key=lambda team: (sizes[team], team), default=None)


RULES: RuleTable = {
    SetTeam: set_team,
    ShuffleTeams: shuffle_teams,
}
