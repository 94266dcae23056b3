"""The entry point of the rules: from a party, a command and a time to the entries to append to the party's log."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.domain import commands as c
from lobby.domain.bounds import Bounds
from lobby.domain.events import Event
from lobby.domain.evolve import append
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules import (
    Decision,
    RuleResult,
    RuleTable,
    countdown,
    hosting,
    invites,
    joining,
    leadership,
    matches,
    members,
    presence_and_deadlines,
    saved_runs,
    search,
    sessions_and_game_servers,
    settings,
    teams,
    waiting,
)
from lobby.domain.rules import leaving_and_kicks as leaving
from lobby.domain.rules.actor_checks import require_member
from lobby.domain.values import Instant, PartyId

RULES: RuleTable = {
    **joining.RULES,
    **waiting.RULES,
    **leaving.RULES,
    **leadership.RULES,
    **settings.RULES,
    **members.RULES,
    **teams.RULES,
    **invites.RULES,
    **countdown.RULES,
    **sessions_and_game_servers.RULES,
    **hosting.RULES,
    **saved_runs.RULES,
    **search.RULES,
    **matches.RULES,
    **presence_and_deadlines.RULES,
}
"""The rule of every command but CreateParty and ContinueRun, which have no party to start from: see `decide_creation`."""


def decide(party: Party, command: c.Command, at: Instant, bounds: Bounds, if_version: int | None = None) -> Decision:
    """What `command` changes in `party` at the time `at`.

    Returns the entries to append (none if the party is already as the command wants it), a Rejection, or the password work
    that the caller must do first. With `if_version`, a member's command is rejected with VERSION_CONFLICT when an event that
    raises `Party.acted_version` came after that version.
    """
    if if_version is not None:
        rejection = _check_version(party, command, if_version)
        if rejection is not None:
            return rejection
    return _append_all(party, RULES[type(command)](party, command, at, bounds), at, command, bounds)


def decide_creation(
    command: c.CreateParty | c.ContinueRun, party_id: PartyId, epoch: str, join_code: str, at: Instant, bounds: Bounds
) -> Decision:
    """The first entries of a new party's log. The caller passes a fresh id, epoch and join code."""
    if isinstance(command, c.ContinueRun):
        result = saved_runs.continue_run(command, party_id, epoch, join_code, at, bounds)
    else:
        result = joining.create_party(command, party_id, epoch, join_code, bounds)
    return _append_all(None, result, at, command, bounds)


def _check_version(party: Party, command: c.Command, if_version: int) -> Rejection | None:
    if command.actor is None:
        return None
    member = require_member(party, command.actor.id) if not party.claims(command.actor.id) else None
    if isinstance(member, Rejection):
        return member
    if party.acted_version <= if_version <= party.version:
        return None
    return Rejection(
        RejectionCode.VERSION_CONFLICT,
        "The party has changed since that version.",
        field="if_version",
        current=party,
    )


def _append_all(party: Party | None, result: RuleResult, at: Instant, command: c.Command, bounds: Bounds) -> Decision:
    """The events of `result` as entries, and then, as often as there are any, the events that follow from them."""
    if not isinstance(result, list):
        return result
    actor_id = command.actor.id if command.actor is not None else None
    entries = append(party, result, at, actor_id)
    while entries:
        after = entries[-1].party
        more = _consequences(party, after, [entry.event for entry in entries], at, bounds)
        if not more:
            break
        entries += append(after, more, at, None)
    return entries


def _consequences(
    before: Party | None, party: Party, happened: Sequence[Event], at: Instant, bounds: Bounds
) -> list[Event]:
    """The events that follow by themselves after `happened` has turned `before` into `party`.

    They keep every party able to go on: with members it has a leader, without members it is closed.
    """
    if party.is_closed:
        return []
    if not party.members:
        return leaving.close_empty_party(party)
    if party.leader is None:
        return leadership.appoint_successor(party)
    revoked = invites.revoke_void_invites(party) if party.invites else []
    if revoked:
        return revoked
    of_search = search.cancel_broken_search(party, happened) if party.search is not None else []
    if of_search:
        return of_search
    of_session = _consequences_in_session(before, party, happened, at, bounds) if party.session is not None else []
    return of_session or leadership.replace_disconnected_leader(party, at, bounds)


def _consequences_in_session(
    before: Party | None, party: Party, happened: Sequence[Event], at: Instant, bounds: Bounds
) -> list[Event]:
    return (
        countdown.cancel_broken_countdown(before, party, happened)
        or hosting.replace_missing_host(before, party, at, bounds)
        or sessions_and_game_servers.go_when_loaded(party, at)
    )
