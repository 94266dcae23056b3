"""The match: several parties become one. One commit has `TakeInMatch` for the party that stays and `MoveToMatch` for each other.

- The party that stays is that of the leader who has been in their party for the longest time.
- It takes over what the parties have searched for: game type, difficulty, version of the game, enough seats. Classes become
  unique if they are in any of the parties; a newcomer whose class is taken then has none.
- The others' members leave their party with JOINED_ANOTHER, and it closes. They keep class, attributes, version and presence.
- With teams, the parties stay together where the sizes of the teams allow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lobby.domain import events as e
from lobby.domain.bounds import Bounds
from lobby.domain.commands import MoveToMatch, TakeInMatch
from lobby.domain.model import Member, Party
from lobby.domain.party_settings import PartySettings, default_teams
from lobby.domain.rejections import Rejection
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.invites import revoke_all_invites
from lobby.domain.rules.members import change_member
from lobby.domain.rules.search import has_accepted, reject_match_gone
from lobby.domain.rules.settings import changed_names, raise_version
from lobby.domain.rules.teams import place_groups
from lobby.domain.search import Search
from lobby.domain.values import CloseReason, Instant, LeaveReason, PartyId, SearchState
from lobby.struct import replace


def party_that_stays(parties: Sequence[Party]) -> Party:
    """The party with the leader who has been in it for the longest time."""

    def standing(party: Party) -> tuple[Instant, Instant, PartyId]:
        leader = party.leader
        return (leader.joined_at if leader is not None else party.changed_at, party.created_at, party.id)

    return min(parties, key=standing)


def take_in_match(party: Party, command: TakeInMatch, at: Instant, bounds: Bounds) -> RuleResult:
    """The members of the other parties join this one."""
    parties = (party, *command.others)
    search = _matched_search(party, command.match_id, party.id)
    if isinstance(search, Rejection) or not all(has_accepted(other, command.match_id) for other in command.others):
        return reject_match_gone(party)
    settings = _merged_settings(party, parties)
    teams = place_groups([[member.player.id for member in each.members] for each in parties], settings)
    events: list[e.Event] = [e.PartySearchChanged(search)]
    changed = changed_names(party.settings, settings)
    if changed:
        events.append(e.SettingsChanged(settings, party.attributes, party.join_code, changed))
    taken: set[str] = set()
    for member in party.members:
        changes: dict[str, Any] = {"team": teams[member.player.id]}
        if _free_class(member, settings, taken) != member.character_class:
            changes |= {"character_class": None, "ready_for": None}
        events += change_member(member, **changes)
    for other in command.others:
        for member in other.members:
            events += _join(member, _free_class(member, settings, taken), teams[member.player.id])
    return events


def move_to_match(party: Party, command: MoveToMatch, at: Instant, bounds: Bounds) -> RuleResult:
    """All members leave for the party of the match, and this one closes."""
    search = _matched_search(party, command.match_id, command.party_id)
    if isinstance(search, Rejection):
        return search
    players = tuple(member.player for member in party.members)
    return [
        e.PartySearchChanged(search),
        *revoke_all_invites(party),
        *(e.MemberLeft(player, LeaveReason.JOINED_ANOTHER) for player in players),
        e.PartyClosed(CloseReason.LAST_MEMBER_LEFT, tuple(player.id for player in players)),
    ]


def _matched_search(party: Party, match_id: str, party_id: PartyId) -> Search | Rejection:
    if party.search is None or not has_accepted(party, match_id):
        return reject_match_gone(party)
    return replace(party.search, state=SearchState.MATCHED, match=None, matched_party_id=party_id)


def _merged_settings(party: Party, parties: Sequence[Party]) -> PartySettings:
    criteria = [each.search.criteria for each in parties if each.search is not None]
    old = party.settings
    game_type = criteria[0].game_type
    teams = default_teams(game_type) if old.teams == default_teams(old.game_type) else old.teams
    settings = replace(
        old,
        game_type=game_type,
        difficulty=next((each.difficulty for each in criteria if each.difficulty is not None), old.difficulty),
        max_members=max(old.max_members, teams, sum(len(each.members) for each in parties)),
        unique_classes=any(each.settings.unique_classes for each in parties),
        client_version=criteria[0].client_version or old.client_version,
        teams=teams,
    )
    return raise_version(old, settings)


def _free_class(member: Member, settings: PartySettings, taken: set[str]) -> str | None:
    """The class that the member keeps. With unique classes each is `taken` from then on."""
    name = member.character_class
    if name is None or not settings.unique_classes:
        return name
    if name in taken:
        return None
    taken.add(name)
    return name


def _join(member: Member, character_class: str | None, team: int | None) -> list[e.Event]:
    player = member.player
    events: list[e.Event] = [e.MemberJoined(player, character_class, False, member.client_version, team)]
    if member.attributes or member.pings:
        events.append(
            e.MemberUpdated(
                player.id,
                character_class,
                None,
                member.attributes,
                member.client_version,
                team,
                pings=member.pings,
            )
        )
    if member.remove_at is not None:
        events.append(e.MemberConnectionChanged(player.id, member.remove_at))
    return events


RULES: RuleTable = {
    TakeInMatch: take_in_match,
    MoveToMatch: move_to_match,
}
