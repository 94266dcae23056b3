"""The services that say who a caller is, put together from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from lobby.app.moderation_view import ModerationView
from lobby.auth.accounts import AccountPlayers, SignInProvider
from lobby.auth.authentication import Authentication
from lobby.auth.discord import NAME as DISCORD
from lobby.auth.discord import DiscordSignIn
from lobby.auth.guest_credentials import GuestCredentials, GuestPolicy
from lobby.auth.secret import Secret
from lobby.auth.tickets import TicketKeys, Tickets
from lobby.domain.bounds import HOUR_MS, MINUTE_MS
from lobby.ports import Clock, Store
from lobby.runtime.clock import SystemClock
from web.settings.rules import to_ms
from web.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class SignIn:
    """`providers`: Discord, if it is set, and all external issuers, by name."""

    credentials: GuestCredentials
    account_players: AccountPlayers
    authentication: Authentication
    providers: dict[str, SignInProvider]
    tickets: Tickets


@asynccontextmanager
async def open_sign_in(
    settings: Settings, secret: Secret, store: Store, clock: SystemClock, moderation: ModerationView
) -> AsyncIterator[SignIn]:
    """Banned and erased players are refused by all of them."""
    credentials = _credentials(settings, secret, store, clock)
    credentials.player_checks.append(moderation.reject_player)
    players = AccountPlayers(store, clock, moderation.is_erased)
    async with AsyncExitStack() as stack:
        authentication = await _open_authentication(settings, credentials, clock, players)
        stack.push_async_callback(authentication.close)
        authentication.ban_checks.append(moderation.is_banned)
        providers = await _sign_in_providers(settings, authentication, stack)
        yield SignIn(credentials, players, authentication, providers, _tickets(settings, secret, clock))


def _credentials(settings: Settings, secret: Secret, store: Store, clock: Clock) -> GuestCredentials:
    return GuestCredentials(
        secret,
        store,
        clock,
        GuestPolicy(
            settings.guests,
            round(settings.access_token_min * MINUTE_MS),
            round(settings.refresh_token_days * 24 * HOUR_MS),
        ),
        settings.previous_secret_values(),
    )


async def _sign_in_providers(
    settings: Settings, authentication: Authentication, stack: AsyncExitStack
) -> dict[str, SignInProvider]:
    """Discord, if it is set, and all external issuers, by name."""
    discord_settings = settings.discord()
    if discord_settings is None:
        return dict(authentication.issuer_providers())
    discord = DiscordSignIn(discord_settings)
    stack.push_async_callback(discord.close)
    return {DISCORD: discord, **authentication.issuer_providers()}


async def _open_authentication(
    settings: Settings, credentials: GuestCredentials, clock: SystemClock, players: AccountPlayers
) -> Authentication:
    service_keys, operator_keys, moderator_keys = settings.keys()
    authentication = Authentication(
        credentials,
        clock,
        service_keys,
        operator_keys,
        settings.issuers,
        clock.ahead_ms,
        players,
        moderator_keys,
    )
    await authentication.open()
    return authentication


def _tickets(settings: Settings, secret: Secret, clock: SystemClock) -> Tickets:
    lifetime_ms = round(settings.ticket_key_days * 24 * HOUR_MS)
    keys = TicketKeys(secret, lifetime_ms, settings.previous_secret_values())
    return Tickets(keys, to_ms(settings.ticket_s), clock.ahead_ms)
