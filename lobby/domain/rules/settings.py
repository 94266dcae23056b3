"""How settings change: the defaults of a new party, a leader's patch, and a new join code.

`lobby.domain.party_settings` has the table of the settings. A change that affects play raises the settings' version, and so
takes back the ready of all members: ready holds for the version that the member saw. Nothing changes during a countdown.
A change of the game type changes the number of teams too, if that was the default of the old type.
"""

from __future__ import annotations

from typing import Any

from lobby.domain.attributes_and_endpoints import PARTY_ATTRIBUTES_MAX, merge_attributes
from lobby.domain.bounds import Bounds
from lobby.domain.commands import RotateJoinCode, UpdateParty
from lobby.domain.events import Event, SettingsChanged
from lobby.domain.model import Party, Player
from lobby.domain.party_settings import SETTINGS, NewParty, PartySettings, Proposal, SettingsPatch, default_teams
from lobby.domain.passwords import PasswordToHash, check_new_password
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.rules import RuleResult, RuleTable
from lobby.domain.rules.actor_checks import reject_starting, require_leader
from lobby.domain.rules.members import change_member
from lobby.domain.rules.reservations import fit_reservations
from lobby.domain.rules.teams import spread_teams
from lobby.domain.values import GameType, Instant, PartyState, PlayerId
from lobby.struct import replace

_INPUT_PATHS = {field: f"settings.{setting.input_name}" for field, setting in SETTINGS.items()}
_PATCH_FIELDS = tuple(field for field in SettingsPatch.__struct_fields__ if field != "password")
_CHECKS = tuple((field, setting.check) for field, setting in SETTINGS.items() if setting.check is not None)
_AFFECT_PLAY = tuple(field for field, setting in SETTINGS.items() if setting.affects_play)


def update_party(party: Party, command: UpdateParty, at: Instant, bounds: Bounds) -> RuleResult:
    rejection = require_leader(party, command.actor)
    if rejection is not None:
        return rejection
    if party.state is PartyState.STARTING:
        return reject_starting(party, at)
    settings = apply_patch(party.settings, command.patch, command.password_hash, len(party.members), bounds)
    if not isinstance(settings, PartySettings):
        return settings
    if party.state is not PartyState.WAITING and settings.client_version != party.settings.client_version:
        return invalid("settings.client_version", "The version of the game can't change while a session runs.")
    attributes = merge_attributes("attributes", party.attributes, command.attributes, PARTY_ATTRIBUTES_MAX)
    if isinstance(attributes, Rejection):
        return attributes
    changed = changed_names(party.settings, settings)
    if attributes != party.attributes:
        changed = (*changed, "attributes")
    if not changed:
        return []
    return [
        SettingsChanged(settings, attributes, party.join_code, changed),
        *_adjust_members(party, settings),
        *fit_reservations(party, settings),
    ]


def _adjust_members(party: Party, settings: PartySettings) -> list[Event]:
    """The changes of members that follow from new settings: classes that are no longer free, and teams without room."""
    teams, doubles = spread_teams(party.members, settings), _double_classes(party, settings)
    events: list[Event] = []
    for member in party.members:
        changes: dict[str, Any] = {"team": teams[member.player.id]}
        if member.player.id in doubles:
            changes |= {"character_class": None, "ready_for": None}
        events += change_member(member, **changes)
    return events


def _double_classes(party: Party, settings: PartySettings) -> set[PlayerId]:
    """The members who lose their class when classes become unique: the member who joined first keeps it."""
    if not settings.unique_classes or party.settings.unique_classes:
        return set()
    taken: set[str] = set()
    doubles: set[PlayerId] = set()
    for member in party.members:
        if member.character_class in taken:
            doubles.add(member.player.id)
        elif member.character_class is not None:
            taken.add(member.character_class)
    return doubles


def rotate_join_code(party: Party, command: RotateJoinCode, at: Instant, bounds: Bounds) -> RuleResult:
    rejection = require_leader(party, command.actor)
    if rejection is not None:
        return rejection
    return [SettingsChanged(party.settings, party.attributes, command.join_code, ("joinCode",))]


def default_settings(
    creator: Player | None, patch: SettingsPatch, bounds: Bounds, client_version: str | None = None
) -> PartySettings:
    """The settings of a new party before its creator's `patch`; some depend on the game type that the patch has."""
    creator_name = creator.display_name if creator is not None else None
    new_party = NewParty(creator_name, patch.game_type or GameType.COOP, bounds, client_version)
    return PartySettings(**{field: setting.default(new_party) for field, setting in SETTINGS.items()})


def apply_patch(
    current: PartySettings, patch: SettingsPatch, password_hash: str | None, member_count: int, bounds: Bounds
) -> PartySettings | Rejection | PasswordToHash:
    """`current` with the changes of `patch`. `password_hash` is that of `patch.password`, once the caller has made it."""
    changes: dict[str, Any] = {}
    if patch.game_type is not None and current.teams == default_teams(current.game_type):
        changes["teams"] = default_teams(patch.game_type)
    for field in _PATCH_FIELDS:
        value = getattr(patch, field)
        if value is not None:
            changes[field] = value = SETTINGS[field].normalize(_INPUT_PATHS[field], value)
            if isinstance(value, Rejection):
                return value
    proposal = Proposal(replace(current, **changes), member_count, bounds)
    for field, check in _CHECKS:
        message = check(proposal)
        if message is not None:
            return invalid(_INPUT_PATHS[field], message)
    settings = _apply_password(proposal.settings, patch.password, password_hash)
    return raise_version(current, settings) if isinstance(settings, PartySettings) else settings


def raise_version(before: PartySettings, after: PartySettings) -> PartySettings:
    """`after` with the next version if it differs from `before` in a setting that affects play."""
    affects_play = any(getattr(after, field) != getattr(before, field) for field in _AFFECT_PLAY)
    return replace(after, version=before.version + 1) if affects_play else after


def changed_names(before: PartySettings, after: PartySettings) -> tuple[str, ...]:
    """The contract's names of the settings that differ."""
    return tuple(
        setting.contract_name for field, setting in SETTINGS.items() if getattr(before, field) != getattr(after, field)
    )


def _apply_password(
    settings: PartySettings, password: str | None, password_hash: str | None
) -> PartySettings | Rejection | PasswordToHash:
    if password is None:
        return settings
    if password == "":
        return replace(settings, password_hash=None)
    rejection = check_new_password(password)
    if rejection is not None:
        return rejection
    if password_hash is None:
        return PasswordToHash(password)
    return replace(settings, password_hash=password_hash)


RULES: RuleTable = {
    UpdateParty: update_party,
    RotateJoinCode: rotate_join_code,
}
