"""Getting credentials."""

from __future__ import annotations

from lobby.auth.credentials import Granted
from lobby.domain import rejections
from lobby.ports import Unavailable
from lobby.rates.commanding import too_often
from lobby.service import UNAVAILABLE
from resolvers.context import Context, Info
from schema.inputs import SignInAsGuestInput
from schema.player import Credentials
from schema.results import CredentialsGranted, Rejection, SignInResult


async def sign_in_as_guest(info: Info, input: SignInAsGuestInput) -> SignInResult:
    context = info.context
    try:
        refusal = await _too_many(context)
        if refusal is not None:
            return _result(refusal, "")
        return _result(await context.services.credentials.sign_in_as_guest(input.display_name), "input.")
    except Unavailable:
        return _result(UNAVAILABLE, "")


async def _too_many(context: Context) -> rejections.Rejection | None:
    """Guests cost nothing to make; so, by their address, do the many players that one person would be."""
    guests = context.services.tries.guests_of_address
    if guests is None or not context.address:
        return None
    wait_ms = await guests.take((context.address,), context.services.clock.now())
    return too_often("Too many guests from your address.", wait_ms) if wait_ms else None


async def refresh_credentials(info: Info, refresh_token: str) -> SignInResult:
    try:
        return _result(await info.context.services.credentials.refresh(refresh_token), "")
    except Unavailable:
        return _result(UNAVAILABLE, "")


def _result(outcome: Granted | rejections.Rejection, root: str) -> CredentialsGranted | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, None, root)
    return CredentialsGranted(credentials=Credentials.of(outcome))
