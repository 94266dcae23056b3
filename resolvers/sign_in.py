"""Signing in: the mutations that grant credentials, and the identities of the caller, which are accounts elsewhere."""

from __future__ import annotations

from lobby.app.command_handler import UNAVAILABLE
from lobby.auth.guest_credentials import IssuedCredentials
from lobby.domain import rejections
from lobby.limits.attempt_limiter import AttemptLimiter
from lobby.limits.rate_limiter import rate_limited
from lobby.ports import Unavailable
from resolvers.context import Context, Info
from resolvers.inputs import unset_to_none
from resolvers.mutation_helpers import run_once
from schema.inputs import LinkIdentityInput, SignInAsGuestInput, SignInWithInput
from schema.player import Credentials, Identity
from schema.results import CredentialsGranted, IdentitiesChanged, IdentityResult, Rejection, SignInResult
from schema.scalars_and_enums import RootFields

mutations = RootFields()
queries = RootFields()
GUEST = "guest"
"""The provider of guests in the metrics."""


@mutations.add()
async def sign_in_as_guest(info: Info, input: SignInAsGuestInput) -> SignInResult:
    context = info.context
    try:
        rejection = await _reject_many_guests(context)
        if rejection is not None:
            return _result(rejection, "")
        rejection = await context.services.text_check.check_name("display_name", input.display_name)
        if rejection is not None:
            return _result(rejection, "input.")
        device_id, devices = unset_to_none(input.device_id), context.services.guest_devices
        rejection = devices.reject(device_id) if device_id is not None else None
        if rejection is not None:
            _count(context, GUEST, rejection)
            return _result(rejection, "input.")
        outcome = await context.services.credentials.sign_in_as_guest(input.display_name)
        if device_id is not None and not isinstance(outcome, rejections.Rejection):
            await devices.remember(outcome.player.id, device_id)
        _count(context, GUEST, outcome)
        return _result(outcome, "input.")
    except Unavailable:
        return _result(UNAVAILABLE, "")


def _count(context: Context, provider: str, outcome: object) -> None:
    refusal = outcome.code.value if isinstance(outcome, rejections.Rejection) else None
    context.services.handler.metrics.sign_ins[provider, refusal or "done"] += 1


async def _reject_many_guests(context: Context) -> rejections.Rejection | None:
    """Limits guests by address. A new guest costs nothing, so without this limit one person could be many players."""
    return await _reject_many(context, context.services.attempts.guests_of_address, "guests")


async def _reject_many(context: Context, limiter: AttemptLimiter | None, what: str) -> rejections.Rejection | None:
    if limiter is None or not context.address:
        return None
    wait_ms = await limiter.take((context.address,), context.services.clock.now())
    return rate_limited(f"Too many {what} from your address.", wait_ms) if wait_ms else None


@mutations.add(
    "Become a player by an account elsewhere. The account is the same player every time, and the player that it was linked to. "
    "INVALID_CREDENTIALS: the token is not valid, or a code was used before; ask the provider for a new one."
)
async def sign_in_with(info: Info, input: SignInWithInput) -> SignInResult:
    context = info.context
    try:
        rejection = await _reject_many(context, context.services.attempts.sign_ins_of_address, "sign-ins")
        if rejection is not None:
            return _result(rejection, "")
        display_name = unset_to_none(input.display_name)
        outcome = await context.services.identity_service.sign_in(input.provider, input.token, display_name)
    except Unavailable:
        return _result(UNAVAILABLE, "")
    if input.provider in context.services.identity_service.provider_names:
        _count(context, input.provider, outcome)
    if isinstance(outcome, rejections.Rejection):
        return _result(outcome, "input.")
    return CredentialsGranted(credentials=Credentials.of(outcome.credentials), provider_token=outcome.provider_token)


@mutations.add()
async def refresh_credentials(info: Info, refresh_token: str) -> SignInResult:
    context = info.context
    try:
        rejection = await _reject_many(context, context.services.attempts.refreshes_of_address, "refreshes")
        if rejection is not None:
            return _result(rejection, "")
        return _result(await context.services.credentials.refresh(refresh_token), "")
    except Unavailable:
        return _result(UNAVAILABLE, "")


def _result(outcome: IssuedCredentials | rejections.Rejection, field_prefix: str) -> CredentialsGranted | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, None, field_prefix)
    return CredentialsGranted(credentials=Credentials.of(outcome))


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
