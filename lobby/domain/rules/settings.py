"""A party's settings: their defaults, their limits, and which of them affect play."""

from __future__ import annotations

from lobby.domain import text
from lobby.domain.bounds import Bounds
from lobby.domain.commands import SettingsPatch
from lobby.domain.model import PartySettings, Player
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.rules.outcome import PasswordToHash
from lobby.domain.values import GameType, Visibility
from lobby.value import changed

PVP_MEMBERS_MIN = 2
_AFFECT_PLAY = ("game_type", "difficulty", "max_members", "unique_classes")


def default_settings(creator: Player | None, patch: SettingsPatch, bounds: Bounds) -> PartySettings:
    """What a party has when its creator wishes nothing; a SOLO one has one seat."""
    game_type = patch.game_type or GameType.COOP
    name = f"{creator.display_name}'s party" if creator else "Party"
    return PartySettings(
        name=name[: text.PARTY_NAME_CHARS_MAX].strip(),
        game_type=game_type,
        difficulty=bounds.difficulties[0],
        max_members=1 if game_type is GameType.SOLO else bounds.members_max,
        visibility=Visibility.PUBLIC,
        password_hash=None,
        locked=False,
        allow_late_join=True,
        allow_force_start=True,
        unique_classes=False,
        countdown_s=bounds.countdown_default_s,
    )


def patched(
    current: PartySettings, patch: SettingsPatch, password_hash: str | None, members: int, bounds: Bounds
) -> PartySettings | Rejection | PasswordToHash:
    """`current` with the wishes of `patch`; its version rises if one affects play. `members`: how many there are."""
    name = current.name if patch.name is None else text.line("settings.name", patch.name, text.PARTY_NAME_CHARS_MAX)
    if isinstance(name, Rejection):
        return name
    wishes = {key: getattr(patch, key) for key in patch.__struct_fields__ if key not in ("name", "password")}
    wished = changed(current, name=name, **{key: wish for key, wish in wishes.items() if wish is not None})
    refusal = _refusal(wished, members, bounds)
    if refusal is not None:
        return refusal
    secured = _secured(wished, patch.password, password_hash)
    if not isinstance(secured, PartySettings):
        return secured
    affects = any(getattr(secured, name) != getattr(current, name) for name in _AFFECT_PLAY)
    return changed(secured, version=current.version + 1) if affects else secured


def changed_names(before: PartySettings, after: PartySettings) -> tuple[str, ...]:
    """The settings that differ, as the contract spells them; a password shows as hasPassword."""
    spelled = {
        "password_hash": "hasPassword",
        "game_type": "gameType",
        "max_members": "maxMembers",
        "allow_late_join": "allowLateJoin",
        "allow_force_start": "allowForceStart",
        "unique_classes": "uniqueClasses",
        "countdown_s": "countdownSeconds",
    }
    return tuple(
        spelled.get(key, key)
        for key in before.__struct_fields__
        if key != "version" and getattr(before, key) != getattr(after, key)
    )


def _refusal(wished: PartySettings, members: int, bounds: Bounds) -> Rejection | None:
    if wished.difficulty not in bounds.difficulties:
        return invalid("settings.difficulty", f"Must be one of {', '.join(bounds.difficulties)}.")
    if not 1 <= wished.max_members <= bounds.members_max:
        return invalid("settings.max_members", f"Must be 1 to {bounds.members_max}.")
    if wished.game_type is GameType.SOLO and wished.max_members != 1:
        return invalid("settings.max_members", "A SOLO party has exactly 1 seat.")
    if wished.game_type is GameType.PVP and wished.max_members < PVP_MEMBERS_MIN:
        return invalid("settings.max_members", f"A PVP party has at least {PVP_MEMBERS_MIN} seats.")
    if wished.max_members < members:
        return invalid("settings.max_members", f"There are {members} members already.")
    if not 0 <= wished.countdown_s <= bounds.countdown_max_s:
        return invalid("settings.countdown_seconds", f"Must be 0 to {bounds.countdown_max_s}.")
    return None


def _secured(
    wished: PartySettings, password: str | None, password_hash: str | None
) -> PartySettings | Rejection | PasswordToHash:
    if password is None:
        return wished
    if password == "":
        return changed(wished, password_hash=None)
    if not text.PASSWORD_CHARS_MIN <= len(password) <= text.PASSWORD_CHARS_MAX:
        return invalid(
            "settings.password", f"Must be {text.PASSWORD_CHARS_MIN} to {text.PASSWORD_CHARS_MAX} characters."
        )
    if not text.is_unicode(password):
        return invalid("settings.password", "Must be valid Unicode.")
    if password_hash is None:
        return PasswordToHash(password)
    return changed(wished, password_hash=password_hash)
