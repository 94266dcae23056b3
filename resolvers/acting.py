"""What the mutations share: run a command once, and show what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from lobby.domain import rejections
from lobby.domain.commands import Command
from lobby.service import Done, Once
from resolvers.context import Context, Info
from resolvers.once import once
from resolvers.reading_input import given
from schema import inputs
from schema.party import Party
from schema.results import PartyChanged, Rejection, SessionChanged
from schema.session import SessionTicket

Outcome = Done | rejections.Rejection
InParty = (
    inputs.UpdatePartyInput
    | inputs.PartyActionInput
    | inputs.KickMemberInput
    | inputs.PromoteMemberInput
    | inputs.UpdateMemberInput
    | inputs.SetReadyInput
    | inputs.StartSessionInput
    | inputs.PostMessageInput
)
InSession = (
    inputs.SessionActionInput
    | inputs.UpdateSessionInput
    | inputs.CompleteSessionInput
    | inputs.SpendTicketInput
    | inputs.ReportPlayersInput
)
Request = InParty | InSession | inputs.CreatePartyInput | inputs.JoinPartyInput | inputs.QuickJoinInput


def bound_key(info: Info, request: Request) -> Once | rejections.Rejection | None:
    """The idempotency key of `request`, bound to all else that it says."""
    return once(info.field_name, request, request.idempotency_key, info.context.services.fingerprint_key)


async def run_once(info: Info, request: Request, run: Callable[[Once | None], Awaitable[Outcome]]) -> Outcome:
    """`run` with the idempotency key of `request`."""
    bound = bound_key(info, request)
    return bound if isinstance(bound, rejections.Rejection) else await run(bound)


async def execute_in_party(info: Info, request: InParty, command: Command) -> Outcome:
    """`command` in the party that `request` names."""
    bound = bound_key(info, request)
    if isinstance(bound, rejections.Rejection):
        return bound
    if_version: int | None = given(getattr(request, "if_version", None))
    return await info.context.services.lobby.execute(request.party_id, command, bound, if_version)


async def in_party(info: Info, request: InParty, command: Command) -> PartyChanged | Rejection:
    return party_result(info.context, await execute_in_party(info, request, command))


async def in_session(
    info: Info, request: InSession, command: Command, grants_ticket: bool = False
) -> SessionChanged | Rejection:
    """`command` in the session that `request` names."""
    lobby = info.context.services.lobby
    outcome = await run_once(info, request, lambda bound: lobby.execute_in_session(request.session_id, command, bound))
    ticket = await fresh_ticket(info.context, outcome) if grants_ticket else None
    return session_result(info.context, outcome, ticket)


async def fresh_ticket(context: Context, outcome: Outcome) -> SessionTicket | None:
    """The caller's ticket into the session that the outcome led into; issued anew for a replayed answer too."""
    if isinstance(outcome, rejections.Rejection) or outcome.party.session is None:
        return None
    return SessionTicket.of(await context.ticket(outcome.party.id, outcome.party.session.id))


def party_result(context: Context, outcome: Outcome, ticket: SessionTicket | None = None) -> PartyChanged | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, context.viewer)
    party = Party.of(outcome.party, context.viewer)
    return PartyChanged(party=party, seq=outcome.seq, replayed=outcome.replayed, ticket=ticket)


def session_result(
    context: Context, outcome: Outcome, ticket: SessionTicket | None = None
) -> SessionChanged | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, context.viewer)
    party = Party.of(outcome.party, context.viewer)
    session = outcome.party.shown_session
    assert session is not None, "a command about a session leaves one to show"
    return SessionChanged(
        session=party.session_of(session),
        party=party,
        seq=outcome.seq,
        replayed=outcome.replayed,
        ticket=ticket,
    )
