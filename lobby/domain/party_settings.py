"""The settings of a party: what the leader decides about it. To add a setting, start here.

A setting is a field of `PartySettings` (as stored), a field of `SettingsPatch` (as a leader may change it) and a row of
`SETTINGS` (its default, its bounds, its names). `rules/settings.py` applies them; GraphQL, REST and /updates take the names
from the table. A field without a row stops the import of this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.rejections import Rejection
from lobby.domain.values import GameType, Visibility
from lobby.struct import Struct

PVP_MEMBERS_MIN = 2
PVP_TEAMS = 2
TEAMS_MAX = 4
LOAD_WAIT_MAX_S = 60


class PartySettings(Struct):
    """The settings as they are stored. `version` rises by one with each change that affects play.

    The names of the fields are those of the log on disk: a field can be added with a default, but not renamed.
    """

    name: str
    game_type: GameType
    difficulty: str
    max_members: int
    visibility: Visibility
    password_hash: str | None
    locked: bool
    allow_late_join: bool
    allow_force_start: bool
    unique_classes: bool
    countdown_s: int
    version: int = 1
    client_version: str | None = None
    """The version of the game that members need. None: any."""
    teams: int = 0
    """How many teams the members are divided into. 0: none."""
    load_wait_s: int = 0
    """How long a session waits for the games of its players to load, once its endpoint is known. 0: it does not wait."""


class SettingsPatch(Struct):
    """The settings that a leader changes. None leaves a setting as it is; for a new party, at its default.

    Each field has the name of a field of `PartySettings`, except `password`: the party stores its hash.
    """

    name: str | None = None
    game_type: GameType | None = None
    difficulty: str | None = None
    max_members: int | None = None
    visibility: Visibility | None = None
    password: str | None = None
    """The empty string removes the password."""
    locked: bool | None = None
    allow_late_join: bool | None = None
    allow_force_start: bool | None = None
    unique_classes: bool | None = None
    countdown_s: int | None = None
    client_version: str | None = None
    """The empty string: any version of the game."""
    teams: int | None = None
    load_wait_s: int | None = None


class NewParty(Struct):
    """The facts about a new party on which the default of a setting can depend."""

    creator_name: str | None
    """The display name of the first member; None for a party that is created without one."""
    game_type: GameType
    bounds: Bounds
    client_version: str | None = None
    """The version of the game that the creator runs."""


class Proposal(Struct):
    """The changed settings of a party, before they are accepted. The check of each setting sees all of them."""

    settings: PartySettings
    member_count: int
    """How many members the party has."""
    bounds: Bounds


class Setting(Struct):
    """One row of `SETTINGS`."""

    contract_name: str
    """The camelCase name in the public contract: in GraphQL's `PartySettings` and in `SettingsChanged.changed`."""
    default: Callable[[NewParty], Any]
    normalize: Callable[[str, Any], Any]
    """A function of the path of the input field and its value. It returns the value to store, or a Rejection."""
    check: Callable[[Proposal], str | None] | None = None
    """Returns the message of the rejection, or None. It runs with every patch, also for a setting that the patch leaves alone:
    the value may be invalid since another setting or the operator's bounds have changed."""
    affects_play: bool = False
    """True: a change raises `PartySettings.version`, which takes back the ready of all members."""
    input_alias: str | None = None
    """The snake_case name of the input field, where it is not that of the setting."""

    @property
    def snake_name(self) -> str:
        """The name in REST views and in /updates."""
        return snake_case(self.contract_name)

    @property
    def input_name(self) -> str:
        """The name of the input field in snake_case: as REST spells it, and the field of a rejection without `settings.`."""
        return self.input_alias or self.snake_name


def snake_case(contract_name: str) -> str:
    """From the spelling of GraphQL to that of REST and /updates: maxMembers -> max_members."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", contract_name).lower()


def members_min(game_type: GameType) -> int:
    """How many members a party needs to start a session."""
    return PVP_MEMBERS_MIN if game_type is GameType.PVP else 1


def default_teams(game_type: GameType) -> int:
    """How many teams a party of this type has, unless its leader says otherwise."""
    return PVP_TEAMS if game_type is GameType.PVP else 0


def always(value: Any) -> Callable[[NewParty], Any]:
    """A default that does not depend on the party."""
    return lambda new_party: value


def as_is(field: str, value: Any) -> Any:
    """Store the value without a change: its type, or the `check` of the setting, bounds it."""
    return value


def one_line(chars_max: int) -> Callable[[str, str], str | Rejection]:
    """A text of 1 to `chars_max` characters on one line, see `text.normalize_line`."""
    return lambda field, value: text.normalize_line(field, value, chars_max)


def _default_name(new_party: NewParty) -> str:
    return default_party_name(new_party.creator_name)


def default_party_name(creator_name: str | None) -> str:
    """The name of a party whose settings name none."""
    name = f"{creator_name}'s party" if creator_name is not None else "Party"
    return name[: text.PARTY_NAME_CHARS_MAX].strip()


def _default_max_members(new_party: NewParty) -> int:
    return 1 if new_party.game_type is GameType.SOLO else new_party.bounds.members_max


def _check_difficulty(proposal: Proposal) -> str | None:
    difficulties = proposal.bounds.difficulties
    return None if proposal.settings.difficulty in difficulties else f"Must be one of {', '.join(difficulties)}."


def _check_max_members(proposal: Proposal) -> str | None:
    max_members, game_type = proposal.settings.max_members, proposal.settings.game_type
    if not 1 <= max_members <= proposal.bounds.members_max:
        return f"Must be 1 to {proposal.bounds.members_max}."
    if game_type is GameType.SOLO and max_members != 1:
        return "A SOLO party has exactly 1 seat."
    if max_members < members_min(game_type):
        return f"A PVP party has at least {PVP_MEMBERS_MIN} seats."
    if max_members < proposal.member_count:
        return f"There are {proposal.member_count} members already."
    if max_members < proposal.settings.teams:
        return f"There are {proposal.settings.teams} teams, and each needs a seat."
    return None


def _check_teams(proposal: Proposal) -> str | None:
    return None if 0 <= proposal.settings.teams <= TEAMS_MAX else f"Must be 0 to {TEAMS_MAX}."


def _check_load_wait(proposal: Proposal) -> str | None:
    return None if 0 <= proposal.settings.load_wait_s <= LOAD_WAIT_MAX_S else f"Must be 0 to {LOAD_WAIT_MAX_S}."


def _check_countdown(proposal: Proposal) -> str | None:
    countdown_max_s = proposal.bounds.countdown_max_s
    return None if 0 <= proposal.settings.countdown_s <= countdown_max_s else f"Must be 0 to {countdown_max_s}."


SETTINGS: dict[str, Setting] = {
    "name": Setting("name", _default_name, one_line(text.PARTY_NAME_CHARS_MAX)),
    "game_type": Setting("gameType", lambda new_party: new_party.game_type, as_is, affects_play=True),
    "difficulty": Setting(
        "difficulty", lambda new_party: new_party.bounds.difficulties[0], as_is, _check_difficulty, affects_play=True
    ),
    "max_members": Setting("maxMembers", _default_max_members, as_is, _check_max_members, affects_play=True),
    "visibility": Setting("visibility", always(Visibility.PUBLIC), as_is),
    "password_hash": Setting("hasPassword", always(None), as_is, input_alias="password"),
    "locked": Setting("locked", always(False), as_is),
    "allow_late_join": Setting("allowLateJoin", always(True), as_is),
    "allow_force_start": Setting("allowForceStart", always(True), as_is),
    "unique_classes": Setting("uniqueClasses", always(False), as_is, affects_play=True),
    "countdown_s": Setting(
        "countdownSeconds", lambda new_party: new_party.bounds.countdown_default_s, as_is, _check_countdown
    ),
    "client_version": Setting(
        "clientVersion", lambda new_party: new_party.client_version, text.normalize_client_version, affects_play=True
    ),
    "teams": Setting(
        "teams", lambda new_party: default_teams(new_party.game_type), as_is, _check_teams, affects_play=True
    ),
    "load_wait_s": Setting("loadWaitSeconds", always(0), as_is, _check_load_wait),
}
"""Each field of `PartySettings` but `version`, in the order in which they are checked."""

_FIELDS = {*PartySettings.__struct_fields__, *SettingsPatch.__struct_fields__} - {"version", "password"}
assert set(SETTINGS) == _FIELDS, (
    f"lobby/domain/party_settings.py: SETTINGS must have a row for {_FIELDS ^ set(SETTINGS)}"
)
