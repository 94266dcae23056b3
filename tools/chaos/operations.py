"""Every mutation that players send: when, with which input, and which actions of the log it may lead to.

`OPERATIONS` has one row per operation of `client_queries/`, so a new mutation needs a new row here, and a function in `actions/`
that makes its input. The checks use the table as their own model of the server, without the rules of the server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lobby.domain.model import Party
from lobby.domain.values import InviteState
from tools.chaos import already_done
from tools.chaos.actions import joining, party, session
from tools.chaos.actions.situation import Action, Build, Situation, plain, plain_in_session
from tools.chaos.evidence import SentMutation

UNAUTHORIZED_SHARE = 0.05
"""The share of a member's turns in which it may try an action that only the leader may do."""
HOSTING_SHARE = 0.6
"""The share of the turns of a player who is asked to host in which it reports an endpoint."""
_OF_HOSTED_GAMES = {"HostSpendTicket", "HostReportPlayers"}
NOT_PLAYED = frozenset(
    {"SignInAsGuest", "SignInWith", "LinkIdentity", "RefreshCredentials", "ReportPlayer", *_OF_HOSTED_GAMES}
)
"""Mutations of `client_queries/` that change no party, or need a running game. `players/credentials.py` sends those of guests."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One mutation of `client_queries/`.

    `outside`, `inside` and `leading` are the weights with which a player chooses it: in no party, in a party, and in addition
    as its leader.
    """

    build: Build
    """Makes the action; None if it makes no sense in the situation."""
    log_actions: tuple[str, ...]
    """The names of the actions of the log that it may lead to (`ActionName.name`). None: it is about no party."""
    outside: float = 0
    inside: float = 0
    leading: float = 0
    is_done: Callable[[SentMutation, Party], bool] = already_done.never
    """True if an accepted mutation had nothing to change in the party as its answer names it."""
    can_move: bool = False
    """True if it can leave one party for another (`leaveCurrent`)."""


def next_action(situation: Situation) -> Action | None:
    """Draw an action by the weights of `OPERATIONS`; None if the drawn one makes no sense now.

    A player who is asked to host mostly does: it has little time for that.
    """
    if situation.is_asked_to_host and situation.random.random() < HOSTING_SHARE:
        return session.report_endpoint(situation)
    operations = list(OPERATIONS.values())
    operation = situation.random.choices(operations, _weights(situation, operations))[0]
    return operation.build(situation)


def _weights(situation: Situation, operations: list[Operation]) -> list[float]:
    if situation.party is None:
        return [operation.outside for operation in operations]
    if situation.is_leader or situation.random.random() < UNAUTHORIZED_SHARE:
        return [operation.inside + operation.leading for operation in operations]
    return [operation.inside for operation in operations]


OPERATIONS: dict[str, Operation] = {
    "CreateParty": Operation(joining.create, ("create",), outside=3, inside=0.15, can_move=True),
    "JoinById": Operation(
        joining.join_by_id,
        ("join", "wait"),
        outside=3,
        inside=0.4,
        is_done=already_done.is_member_or_waits,
        can_move=True,
    ),
    "JoinByCode": Operation(
        joining.join_by_code,
        ("join", "wait"),
        outside=2,
        inside=0.3,
        is_done=already_done.is_member_or_waits,
        can_move=True,
    ),
    "StopWaiting": Operation(joining.stop_waiting, (), outside=0.5, is_done=already_done.does_not_wait),
    # The player may have come into the chosen party by another request at the same time.
    "QuickJoin": Operation(
        joining.quick_join, ("join", "create"), outside=2, inside=0.3, is_done=already_done.is_member, can_move=True
    ),
    "EnterParty": Operation(
        joining.enter_by_key, ("join", "create"), outside=2, inside=0.3, is_done=already_done.is_member, can_move=True
    ),
    "LeaveParty": Operation(plain("LeaveParty"), ("leave",), inside=0.6),
    "PostMessage": Operation(party.message, ("message",), inside=8),
    "SetReady": Operation(party.ready, ("ready",), inside=5, is_done=already_done.has_readiness),
    "SetTeam": Operation(party.team, ("team",), inside=2, is_done=already_done.has_team),
    "ShuffleTeams": Operation(plain("ShuffleTeams"), ("team",), leading=0.5, is_done=already_done.has_even_teams),
    "UpdateMember": Operation(party.member, ("member",), inside=3),
    "ClaimLeadership": Operation(plain("ClaimLeadership"), ("claim",), inside=0.3, is_done=already_done.leads),
    "JoinSession": Operation(plain_in_session("JoinSession"), ("enter",), inside=0.6, is_done=already_done.plays),
    "LeaveSession": Operation(
        plain_in_session("LeaveSession"), ("exit",), inside=0.6, is_done=already_done.does_not_play
    ),
    "MarkLoaded": Operation(plain_in_session("MarkLoaded"), ("loaded",), inside=2, is_done=already_done.has_loaded),
    "UpdateParty": Operation(party.update, ("update",), leading=2),
    "RotateJoinCode": Operation(plain("RotateJoinCode"), ("rotate",), leading=0.5),
    "KickMember": Operation(party.kick, ("kick",), leading=0.5),
    "MuteMember": Operation(party.mute, ("mute",), leading=1, is_done=already_done.has_mute),
    "PromoteMember": Operation(party.promote, ("promote",), leading=0.6),
    "InvitePlayer": Operation(party.invite, ("invite",), inside=2, is_done=already_done.has_invited),
    "AcceptInvite": Operation(
        joining.accept, ("join",), outside=3, inside=0.6, is_done=already_done.is_member, can_move=True
    ),
    "DeclineInvite": Operation(
        party.decline, ("decline",), outside=0.5, inside=0.3, is_done=already_done.has_ended(InviteState.DECLINED)
    ),
    "RevokeInvite": Operation(
        party.revoke, ("revoke",), inside=0.4, is_done=already_done.has_ended(InviteState.REVOKED)
    ),
    "BlockPlayer": Operation(party.block, (), outside=0.3, inside=0.2),
    "UnblockPlayer": Operation(party.unblock, (), outside=0.3, inside=0.2),
    "StartSession": Operation(session.start, ("start",), leading=3, is_done=already_done.has_session),
    "StartSearch": Operation(party.search, ("search",), leading=2, is_done=already_done.has_search),
    "CancelSearch": Operation(
        party.in_search("CancelSearch"), ("unsearch",), leading=0.2, is_done=already_done.has_ended_search
    ),
    "AcceptMatch": Operation(party.in_search("AcceptMatch"), ("accept",), inside=6, is_done=already_done.has_accepted),
    "DeclineMatch": Operation(party.in_search("DeclineMatch"), ("refuse",), inside=0.5),
    "CancelStart": Operation(plain("CancelStart"), ("cancel",), leading=0.7),
    "UpdateSession": Operation(session.update_session, ("session",), leading=2),
    "ReportEndpoint": Operation(
        session.report_endpoint, ("host", "report"), inside=4, is_done=already_done.has_endpoint
    ),
    "YieldHost": Operation(session.yield_host, ("yield", "exit"), inside=1),
    "SaveCheckpoint": Operation(session.save, ("save",), leading=4),
    "ContinueRun": Operation(
        joining.continue_run, ("continue", "join"), inside=3, is_done=already_done.is_member, can_move=True
    ),
    "CompleteSession": Operation(session.complete, ("complete",), leading=0.8),
    "DisbandParty": Operation(plain("DisbandParty"), ("disband",), leading=0.2),
}
"""By operation name."""
