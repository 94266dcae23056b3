"""Getting credentials."""

from __future__ import annotations

from lobby.auth.credentials import Granted
from lobby.domain import rejections
from lobby.ports import Unavailable
from lobby.service import UNAVAILABLE
from resolvers.context import Info
from schema.inputs import SignInAsGuestInput
from schema.player import Credentials
from schema.results import CredentialsGranted, Rejection, SignInResult


async def sign_in_as_guest(info: Info, input: SignInAsGuestInput) -> SignInResult:
    try:
        return _result(await info.context.services.credentials.sign_in_as_guest(input.display_name), "input.")
    except Unavailable:
        return _result(UNAVAILABLE, "")


async def refresh_credentials(info: Info, refresh_token: str) -> SignInResult:
    try:
        return _result(await info.context.services.credentials.refresh(refresh_token), "")
    except Unavailable:
        return _result(UNAVAILABLE, "")


def _result(outcome: Granted | rejections.Rejection, root: str) -> CredentialsGranted | Rejection:
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, None, root)
    return CredentialsGranted(credentials=Credentials.of(outcome))
