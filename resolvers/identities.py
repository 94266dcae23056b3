"""The identities of the caller: accounts elsewhere that are this player."""

from __future__ import annotations

from lobby.domain import rejections
from resolvers.context import Info
from resolvers.mutation_helpers import run_once
from schema.inputs import LinkIdentityInput
from schema.player import Identity
from schema.results import IdentitiesChanged, IdentityResult, Rejection
from schema.scalars_and_enums import RootFields

mutations = RootFields()
queries = RootFields()


@mutations.add(
    "From now on this account is the caller, who keeps the id, the name, the runs and the blocks. At most 8. IDENTITY_TAKEN: the "
    "account is another player already."
)
async def link_identity(info: Info, input: LinkIdentityInput) -> IdentityResult:
    player, service = info.context.player(), info.context.services.identity_service
    outcome = await run_once(info, input, lambda key: service.link(player, input.provider, input.token, key))
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, player.id)
    return IdentitiesChanged(identities=Identity.all_of(outcome.identities), replayed=outcome.replayed)


@queries.add("The accounts by which the caller signs in, in the order in which they were linked.")
async def my_identities(info: Info) -> list[Identity]:
    player = info.context.player()
    return Identity.all_of(await info.context.services.identity_service.identities_of(player.id))
