"""Mutations of a party's search for other parties, and the answers of members to a proposed match."""

from __future__ import annotations

from lobby.domain import rejections
from resolvers.context import Context, Info
from resolvers.inputs import to_search_criteria, unset_to_none
from resolvers.mutation_helpers import Outcome, run_once
from schema.inputs import SearchActionInput, StartSearchInput
from schema.party import Party
from schema.results import Rejection, SearchChanged, SearchOutcome
from schema.scalars_and_enums import RootFields

mutations = RootFields()


@mutations.add(
    "Leader only: search for other parties, to play with them as one. Nobody joins the party meanwhile (SEARCHING). A change of "
    "its members or settings cancels the search."
)
async def start_search(info: Info, input: StartSearchInput) -> SearchOutcome:
    player, searches = info.context.player(), info.context.services.search_service
    criteria, if_version = to_search_criteria(input.criteria), unset_to_none(input.if_version)
    outcome = await run_once(info, input, lambda key: searches.start(player, input.party_id, criteria, key, if_version))
    return _result(info.context, outcome)


@mutations.add("Leader only. The answer is definite: CANCELLED, or MATCHED where the match was first.")
async def cancel_search(info: Info, input: SearchActionInput) -> SearchOutcome:
    player, searches = info.context.player(), info.context.services.search_service
    outcome = await run_once(info, input, lambda key: searches.cancel(player, input.search_id, key))
    return _result(info.context, outcome)


@mutations.add(
    "Accept the proposed match. When all players of all its parties have, the parties become one in the same step, and the "
    "answer is MATCHED. MATCH_GONE: no match is proposed now."
)
async def accept_match(info: Info, input: SearchActionInput) -> SearchOutcome:
    player, searches = info.context.player(), info.context.services.search_service
    outcome = await run_once(info, input, lambda key: searches.accept(player, input.search_id, key))
    return _result(info.context, outcome)


@mutations.add(
    "Decline the proposed match: the search of the caller's party is cancelled (NOT_ACCEPTED), and the other parties search on."
)
async def decline_match(info: Info, input: SearchActionInput) -> SearchOutcome:
    player, searches = info.context.player(), info.context.services.search_service
    outcome = await run_once(info, input, lambda key: searches.decline(player, input.search_id, key))
    return _result(info.context, outcome)


def _result(context: Context, outcome: Outcome) -> SearchChanged | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, context.viewer)
    party = outcome.party
    assert party.search is not None, "after a command about a search, the party has a search"
    shown = Party.of(party, context.viewer)
    search = shown.search_of(party.search)
    return SearchChanged(search=search, party=shown, seq=outcome.seq, replayed=outcome.replayed)
