"""Actions in a party, and those about invites, blocks and the search for other parties."""

from __future__ import annotations

from tools.chaos.actions.choices import CLASSES, settings
from tools.chaos.actions.situation import Action, Build, Situation, in_party
from tools.chaos.expected_state.events import MARK
from tools.chaos.json_value import Json

LETTERS = 'abcdefghijklmnopqrstuvwxyz äßéñ 漢字 🐉 "\\ '
TEXT_CHARS_MAX = 120


def update(situation: Situation) -> Action | None:
    fields: Json = {"attributes": [{"key": MARK, "value": situation.mark}]}
    if situation.random.random() < 0.7:
        fields["settings"] = settings(situation)
    return in_party(situation, "UpdateParty", fields, situation.mark)


def kick(situation: Situation) -> Action | None:
    other_id = situation.other_id
    ban = situation.random.random() < 0.2
    return in_party(situation, "KickMember", {"playerId": other_id, "ban": ban}) if other_id else None


def promote(situation: Situation) -> Action | None:
    other_id = situation.other_id
    return in_party(situation, "PromoteMember", {"playerId": other_id}) if other_id else None


def mute(situation: Situation) -> Action | None:
    """Mostly the end of a mute, so that members post."""
    other_id = situation.other_id
    fields = {"playerId": other_id, "muted": situation.random.random() < 0.3}
    return in_party(situation, "MuteMember", fields) if other_id else None


def message(situation: Situation) -> Action | None:
    words = "".join(situation.random.choices(LETTERS, k=situation.random.randint(0, TEXT_CHARS_MAX)))
    text = f"{words.strip()} {situation.mark}".strip()
    return in_party(situation, "PostMessage", {"text": text}, text)


def ready(situation: Situation) -> Action | None:
    assert situation.party is not None
    version = situation.party["settings"]["version"]
    return in_party(situation, "SetReady", {"ready": situation.random.random() < 0.8, "settingsVersion": version})


def team(situation: Situation) -> Action | None:
    """The own team; for a leader also that of another member."""
    assert situation.party is not None
    fields: Json = {"team": situation.random.randint(1, max(1, situation.party["settings"]["teams"]))}
    if situation.is_leader and situation.random.random() < 0.5:
        fields["playerId"] = situation.other_id
    return in_party(situation, "SetTeam", fields)


def member(situation: Situation) -> Action | None:
    fields: Json = {"attributes": [{"key": MARK, "value": situation.mark}]}
    if situation.random.random() < 0.5:
        fields["characterClass"] = situation.random.choice([*CLASSES, ""])
    if situation.random.random() < 0.3 and situation.party is not None:
        fields["clientVersion"] = situation.party["settings"]["clientVersion"] or ""
    return in_party(situation, "UpdateMember", fields, situation.mark)


def invite(situation: Situation) -> Action | None:
    """Any player of the run, who may be in a party, even in this one."""
    player_id = situation.known_parties.any_player(situation.random)
    return in_party(situation, "InvitePlayer", {"playerId": player_id}) if player_id else None


def decline(situation: Situation) -> Action | None:
    invite_id = situation.known_parties.any_invite(situation.random, situation.player_id)
    return Action("DeclineInvite", {"inviteId": invite_id}) if invite_id else None


def revoke(situation: Situation) -> Action | None:
    """An invite that is pending, as far as the player knows."""
    invites = situation.party["invites"] if situation.party is not None else []
    return Action("RevokeInvite", {"inviteId": situation.random.choice(invites)["id"]}) if invites else None


def block(situation: Situation) -> Action | None:
    player_id = situation.known_parties.any_player(situation.random)
    return Action("BlockPlayer", {"playerId": player_id}) if player_id not in (None, situation.player_id) else None


def unblock(situation: Situation) -> Action | None:
    player_id = situation.known_parties.any_player(situation.random)
    return Action("UnblockPlayer", {"playerId": player_id}) if player_id else None


def search(situation: Situation) -> Action | None:
    """Most searches of parties of the same version match each other."""
    criteria: Json = {"gameType": "COOP", "size": situation.random.choice((4, 6, 8))}
    if situation.random.random() < 0.3:
        criteria["skill"] = situation.random.randrange(100)
    return in_party(situation, "StartSearch", {"criteria": criteria})


def in_search(operation: str) -> Build:
    def build(situation: Situation) -> Action | None:
        search = situation.party["search"] if situation.party is not None else None
        is_live = search is not None and search["state"] in ("SEARCHING", "PROPOSED")
        return Action(operation, {"searchId": search["id"]}) if search is not None and is_live else None

    return build
