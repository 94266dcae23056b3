"""Actions that may bring a player into a party."""

from __future__ import annotations

from tools.chaos.actions.choices import CLASSES, VERSIONS, settings
from tools.chaos.actions.situation import Action, Situation
from tools.chaos.expected_state.events import MARK
from tools.chaos.json_value import Json
from tools.chaos.players.context import PASSWORD

EXTERNAL_KEYS = ("activity.1", "activity.2", "activity.3")
"""As many as make players meet, and let a key be given up and taken again."""
WAITING_SHARE = 0.4
"""The share of the joins that wait for a seat if the party is full."""


def create(situation: Situation) -> Action | None:
    if not situation.known_parties.wants_more and situation.random.random() < 0.9:
        return join_by_id(situation)
    attributes = [{"key": MARK, "value": situation.mark}]
    return _enter(situation, "CreateParty", {"settings": settings(situation), "attributes": attributes}, situation.mark)


def join_by_id(situation: Situation) -> Action | None:
    party_id = situation.known_parties.any_id(situation.random)
    return _enter(situation, "JoinById", {"partyId": party_id, **_way_in(situation)}) if party_id else None


def join_by_code(situation: Situation) -> Action | None:
    code = situation.known_parties.any_code(situation.random)
    typed = situation.random.choice([str.lower, str.upper, "-".join])(code) if code else None
    return _enter(situation, "JoinByCode", {"joinCode": typed, **_way_in(situation)}) if typed else None


def stop_waiting(situation: Situation) -> Action | None:
    party_id = situation.known_parties.any_id(situation.random)
    return Action("StopWaiting", {"partyId": party_id}) if party_id else None


def quick_join(situation: Situation) -> Action | None:
    fields: Json = {}
    if situation.known_parties.wants_more:
        fields["createIfNone"] = {**settings(situation), "name": situation.mark}
    return _enter(situation, "QuickJoin", fields, situation.mark)


def enter_by_key(situation: Situation) -> Action | None:
    """The party of one of a few Activities. Players of several nodes meet on a key that is new or was given up."""
    fields = {
        "externalKey": situation.random.choice(EXTERNAL_KEYS),
        "settings": {**settings(situation), "name": situation.mark},
    }
    return _enter(situation, "EnterParty", fields, situation.mark)


def accept(situation: Situation) -> Action | None:
    """An own invite as a rule, at times one of somebody else."""
    invite_id = situation.known_parties.any_invite(situation.random, situation.player_id)
    return _enter(situation, "AcceptInvite", {"inviteId": invite_id}) if invite_id else None


def continue_run(situation: Situation) -> Action | None:
    """The last run of the party. It may still run, and it may have saved nothing."""
    session = situation.party["session"] if situation.party is not None else None
    if session is None:
        return None
    return Action("ContinueRun", {"sessionId": session["id"], "leaveCurrent": situation.random.random() < 0.9})


def _enter(situation: Situation, operation: str, fields: Json, mark: str | None = None) -> Action:
    if situation.random.random() < 0.5:
        fields["characterClass"] = situation.random.choice(CLASSES)
    if situation.random.random() < 0.5:
        fields["clientVersion"] = situation.random.choice(VERSIONS)
    moves = situation.party is not None and situation.random.random() < 0.9
    return Action(operation, {**fields, "leaveCurrent": moves or situation.random.random() < 0.1}, mark)


def _way_in(situation: Situation) -> Json:
    wait = situation.random.random() < WAITING_SHARE
    return {**_password(situation), **({"wait": True} if wait else {})}


def _password(situation: Situation) -> Json:
    """The right password mostly; sometimes a wrong one or none."""
    password = situation.random.choices([PASSWORD, "open season", None], [0.6, 0.1, 0.3])[0]
    return {"password": password} if password is not None else {}
