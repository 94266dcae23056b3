"""When an accepted mutation had nothing to change in the party as its answer names it, by its input alone."""

from __future__ import annotations

from collections.abc import Callable

from lobby.domain.model import Endpoint, Party
from lobby.domain.values import InviteState, SearchState, SessionStatus
from tools.chaos.evidence import SentMutation


def never(mutation: SentMutation, party: Party) -> bool:
    return False


def is_member(mutation: SentMutation, party: Party) -> bool:
    return party.member(mutation.actor_id) is not None


def is_member_or_waits(mutation: SentMutation, party: Party) -> bool:
    return is_member(mutation, party) or not does_not_wait(mutation, party)


def does_not_wait(mutation: SentMutation, party: Party) -> bool:
    return not any(waiting.player.id == mutation.actor_id for waiting in party.waiting)


def has_readiness(mutation: SentMutation, party: Party) -> bool:
    member = party.member(mutation.actor_id)
    return member is not None and party.is_ready(member) == mutation.input["ready"]


def has_team(mutation: SentMutation, party: Party) -> bool:
    member = party.member(mutation.input.get("playerId") or mutation.actor_id)
    return member is not None and member.team == mutation.input["team"]


def has_even_teams(mutation: SentMutation, party: Party) -> bool:
    """A shuffle may give each member the team that it has."""
    sizes = [sum(member.team == team for member in party.members) for team in range(1, party.settings.teams + 1)]
    return bool(sizes) and max(sizes) - min(sizes) <= 1


def has_mute(mutation: SentMutation, party: Party) -> bool:
    member = party.member(mutation.input["playerId"])
    return member is not None and member.muted == mutation.input["muted"]


def has_invited(mutation: SentMutation, party: Party) -> bool:
    """The player has a pending invite already, from the same member or from another one."""
    return party.pending_invite(mutation.input["playerId"]) is not None


def has_ended(state: InviteState) -> Callable[[SentMutation, Party], bool]:
    """The invite had ended in the same way before."""

    def has_ended(mutation: SentMutation, party: Party) -> bool:
        invite = party.invite(mutation.input["inviteId"])
        return invite is not None and invite.state is state

    return has_ended


def has_search(mutation: SentMutation, party: Party) -> bool:
    return party.live_search is not None


def has_ended_search(mutation: SentMutation, party: Party) -> bool:
    return party.search is not None and party.live_search is None


def has_accepted(mutation: SentMutation, party: Party) -> bool:
    search = party.search
    return search is not None and (
        search.state is SearchState.MATCHED or any(player.id == mutation.actor_id for player in search.accepted)
    )


def leads(mutation: SentMutation, party: Party) -> bool:
    return party.leader_id == mutation.actor_id


def has_session(mutation: SentMutation, party: Party) -> bool:
    return party.session is not None


def plays(mutation: SentMutation, party: Party) -> bool:
    session = party.session
    is_running = session is not None and session.status is SessionStatus.IN_PROGRESS
    return is_running and session is not None and session.has_player(mutation.actor_id)


def has_loaded(mutation: SentMutation, party: Party) -> bool:
    return party.session is not None and mutation.actor_id in party.session.loaded


def has_endpoint(mutation: SentMutation, party: Party) -> bool:
    session, endpoint = party.session, mutation.input["endpoint"]
    reported = Endpoint(endpoint["protocol"], endpoint["address"], endpoint["port"])
    return session is not None and session.endpoint == reported


def does_not_play(mutation: SentMutation, party: Party) -> bool:
    session = party.session
    is_running = session is not None and session.status is SessionStatus.IN_PROGRESS
    return is_running and session is not None and not session.has_player(mutation.actor_id)
