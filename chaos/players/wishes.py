"""What a player may wish for next, by how things stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

from chaos.json_value import Json
from chaos.players.board import PASSWORD, Board
from chaos.truth.deeds import MARK

CLASSES = ("Knight", "Mage", "Rogue", "Cleric", "Bard")
LETTERS = 'abcdefghijklmnopqrstuvwxyz äßéñ 漢字 🐉 "\\ '
TEXT_MAX = 120


@dataclass(frozen=True, slots=True)
class Wish:
    """A mutation to send. `mark`: see `Act.mark`."""

    operation: str
    input: Json = field(default_factory=dict)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """How things stand, as far as the player knows. `party`: the one it is in; `mark`: a text that nobody else has."""

    player_id: str
    party: Json | None
    board: Board
    chance: Random
    mark: str

    @property
    def leads(self) -> bool:
        return any(member["isLeader"] for member in self.members if member["player"]["id"] == self.player_id)

    @property
    def members(self) -> list[Json]:
        members: list[Json] = self.party["members"] if self.party is not None else []
        return members

    @property
    def other_id(self) -> str | None:
        """Some other member."""
        others = [member["player"]["id"] for member in self.members if member["player"]["id"] != self.player_id]
        return self.chance.choice(others) if others else None

    @property
    def running_id(self) -> str | None:
        """The session that is starting or runs."""
        session = self.party["session"] if self.party is not None else None
        return session["id"] if session is not None and session["endedAt"] is None else None


Choice = tuple[float, Callable[[Outlook], Wish | None]]
"""How often it is drawn, and what it comes to; None where it makes no sense just now."""


def next_wish(outlook: Outlook) -> Wish | None:
    """None: nothing for now."""
    weights, makers = zip(*_choices(outlook), strict=True)
    make: Callable[[Outlook], Wish | None] = outlook.chance.choices(makers, weights)[0]
    return make(outlook)


def _choices(outlook: Outlook) -> Iterable[Choice]:
    if outlook.party is None:
        return _OUTSIDE
    if outlook.leads or outlook.chance.random() < 0.05:  # now and then somebody tries what only the leader may
        return (*_INSIDE, *_LEADING)
    return _INSIDE


def _create(outlook: Outlook) -> Wish | None:
    if not outlook.board.wants_more and outlook.chance.random() < 0.9:
        return _join_by_id(outlook)
    attributes = [{"key": MARK, "value": outlook.mark}]
    return _entering(outlook, "CreateParty", {"settings": _settings(outlook), "attributes": attributes}, outlook.mark)


def _join_by_id(outlook: Outlook) -> Wish | None:
    party_id = outlook.board.any_id(outlook.chance)
    return _entering(outlook, "JoinById", {"partyId": party_id, **_password(outlook)}) if party_id else None


def _join_by_code(outlook: Outlook) -> Wish | None:
    code = outlook.board.any_code(outlook.chance)
    typed = outlook.chance.choice([str.lower, str.upper, "-".join])(code) if code else None
    return _entering(outlook, "JoinByCode", {"joinCode": typed, **_password(outlook)}) if typed else None


def _quick_join(outlook: Outlook) -> Wish | None:
    wish: Json = {}
    if outlook.board.wants_more:
        wish["createIfNone"] = {**_settings(outlook), "name": outlook.mark}
    return _entering(outlook, "QuickJoin", wish, outlook.mark)


def _entering(outlook: Outlook, operation: str, wish: Json, mark: str | None = None) -> Wish:
    if outlook.chance.random() < 0.5:
        wish["characterClass"] = outlook.chance.choice(CLASSES)
    moves = outlook.party is not None and outlook.chance.random() < 0.9
    return Wish(operation, {**wish, "leaveCurrent": moves or outlook.chance.random() < 0.1}, mark)


def _password(outlook: Outlook) -> Json:
    """Some have misheard it, or try without."""
    given = outlook.chance.choices([PASSWORD, "open season", None], [0.6, 0.1, 0.3])[0]
    return {"password": given} if given is not None else {}


def _settings(outlook: Outlook) -> Json:
    """Now and then each of them; mostly such that others get in."""
    chance = outlook.chance
    offered: Json = {
        "gameType": chance.choice(["COOP", "COOP", "PVP"]),
        "difficulty": chance.choice(["Easy", "Normal", "Hard"]),
        "maxMembers": chance.choice([3, 6, 8, 8, 8]),
        "visibility": chance.choice(["PUBLIC", "PUBLIC", "PUBLIC", "PRIVATE"]),
        "locked": chance.random() < 0.1,
        "allowLateJoin": chance.random() < 0.8,
        "allowForceStart": chance.random() < 0.8,
        "uniqueClasses": chance.random() < 0.3,
    }
    kept = {name: value for name, value in offered.items() if chance.random() < 0.3}
    if chance.random() < 0.03:
        kept["password"] = chance.choice([PASSWORD, ""])  # seldom: hashing it is slow by design
    return {**kept, "countdownSeconds": chance.choice([0, 0, 1, 2])}


def _message(outlook: Outlook) -> Wish | None:
    words = "".join(outlook.chance.choices(LETTERS, k=outlook.chance.randint(0, TEXT_MAX)))
    text = f"{words.strip()} {outlook.mark}".strip()
    return _in_party(outlook, "PostMessage", {"text": text}, text)


def _ready(outlook: Outlook) -> Wish | None:
    assert outlook.party is not None
    seen = outlook.party["settings"]["version"]
    return _in_party(outlook, "SetReady", {"ready": outlook.chance.random() < 0.8, "settingsVersion": seen})


def _member(outlook: Outlook) -> Wish | None:
    wish: Json = {"attributes": [{"key": MARK, "value": outlook.mark}]}
    if outlook.chance.random() < 0.5:
        wish["characterClass"] = outlook.chance.choice([*CLASSES, ""])
    return _in_party(outlook, "UpdateMember", wish, outlook.mark)


def _update(outlook: Outlook) -> Wish | None:
    wish: Json = {"attributes": [{"key": MARK, "value": outlook.mark}]}
    if outlook.chance.random() < 0.7:
        wish["settings"] = _settings(outlook)
    return _in_party(outlook, "UpdateParty", wish, outlook.mark)


def _kick(outlook: Outlook) -> Wish | None:
    other_id = outlook.other_id
    ban = outlook.chance.random() < 0.2
    return _in_party(outlook, "KickMember", {"playerId": other_id, "ban": ban}) if other_id else None


def _promote(outlook: Outlook) -> Wish | None:
    other_id = outlook.other_id
    return _in_party(outlook, "PromoteMember", {"playerId": other_id}) if other_id else None


def _start(outlook: Outlook) -> Wish | None:
    return _in_party(outlook, "StartSession", {"force": outlook.chance.random() < 0.6})


def _plain(operation: str) -> Callable[[Outlook], Wish | None]:
    return lambda outlook: _in_party(outlook, operation, {})


def _in_party(outlook: Outlook, operation: str, wish: Json, mark: str | None = None) -> Wish:
    assert outlook.party is not None
    return Wish(operation, {"partyId": outlook.party["id"], **wish}, mark)


def _in_session(operation: str) -> Callable[[Outlook], Wish | None]:
    def make(outlook: Outlook) -> Wish | None:
        running_id = outlook.running_id
        return Wish(operation, {"sessionId": running_id}) if running_id else None

    return make


def _update_session(outlook: Outlook) -> Wish | None:
    running_id = outlook.running_id
    if running_id is None:
        return None
    wish: Json = {"sessionId": running_id, "attributes": [{"key": MARK, "value": outlook.mark}]}
    if outlook.chance.random() < 0.5:
        wish["floor"] = outlook.chance.randint(1, 99)
    if outlook.chance.random() < 0.3:
        wish["endpoint"] = {"address": "192.0.2.7", "port": outlook.chance.randint(1024, 65_535), "protocol": "udp"}
    return Wish("UpdateSession", wish, outlook.mark)


def _complete(outlook: Outlook) -> Wish | None:
    running_id = outlook.running_id
    return (
        Wish("CompleteSession", {"sessionId": running_id, "outcome": outlook.mark}, outlook.mark)
        if running_id
        else None
    )


_OUTSIDE: tuple[Choice, ...] = ((3, _create), (3, _join_by_id), (2, _join_by_code), (2, _quick_join))
_INSIDE: tuple[Choice, ...] = (
    (8, _message),
    (5, _ready),
    (3, _member),
    (0.6, _plain("LeaveParty")),
    (0.4, _join_by_id),
    (0.3, _join_by_code),
    (0.3, _quick_join),
    (0.15, _create),
    (0.3, _plain("ClaimLeadership")),
    (0.6, _in_session("JoinSession")),
    (0.6, _in_session("LeaveSession")),
)
_LEADING: tuple[Choice, ...] = (
    (2, _update),
    (0.5, _kick),
    (0.6, _promote),
    (0.5, _plain("RotateJoinCode")),
    (3, _start),
    (0.7, _plain("CancelStart")),
    (2, _update_session),
    (0.8, _complete),
    (0.2, _plain("DisbandParty")),
)
