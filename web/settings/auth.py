"""Settings of authentication: secrets, keys, guests, external issuers and the lifetimes of tokens."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from lobby.auth.api_keys import HashedKeys, NamedKeys, hash_key
from lobby.auth.discord import API_URL, DiscordSettings
from lobby.auth.external_issuers import Issuer
from lobby.auth.secret import Secret
from web.settings.server import SettingsGroup

SECRET_CHARS_MIN = 32
"""Shorter secrets can be guessed. 32 characters of base64 or hex have at least 128 bits."""


class AuthSettings(SettingsGroup):
    """Authentication"""

    secret: SecretStr | None = None
    """The secret that all tokens are signed with, at least 32 characters. By default the server makes one at the first start
    and keeps it beside the data. Nodes that share a store must all be given the same."""
    previous_secrets: list[SecretStr] = Field([])
    """Earlier values of `LOBBY_SECRET`, at least 32 characters each. Tokens and tickets that were signed with them stay valid."""
    service_key: SecretStr | None = None
    """The key that game servers send as their Bearer token, in plain text, at least 32 characters."""
    service_keys: list[str] = Field([])
    """Hashes of such keys, as `python -m lobby.auth.api_keys service` prints them. Several at a time make it possible to
    replace one."""
    operator_keys: list[str] = Field([])
    """Hashes of keys of operators, who see everything and change nothing."""
    moderator_keys: list[str] = Field([])
    """Hashes of keys of moderators, who may also ban, remove and erase players (see [moderation.md](moderation.md)), each with a
    name in front that the log of moderation shows: `["mia=sha256:…"]`."""
    guests: bool = True
    """Allow guests: anybody may become a player."""
    issuers: list[Issuer] = Field([])
    """Issuers whose tokens sign players in, such as Unity Authentication (see [identity.md](identity.md))."""
    discord_client_id: str | None = None
    """The id of your application at Discord. With it and its secret, players sign in with Discord (see
    [discord.md](discord.md))."""
    discord_client_secret: SecretStr | None = None
    """The secret of that application."""
    discord_api_url: str = API_URL
    """The address of the API of Discord: https, or http on the same machine."""
    discord_wait_s: float = Field(5, gt=0, le=30)
    """Seconds that one sign-in with Discord may take: two requests to Discord."""
    access_token_min: float = Field(15, gt=0)
    """Minutes for which an access token is valid."""
    refresh_token_days: float = Field(30, gt=0)
    """Days for which a refresh token is valid."""
    ticket_s: float = Field(60, gt=0, le=3600)
    """Seconds for which a ticket into a session is valid."""
    ticket_key_days: float = Field(30, ge=0.1)
    """Days for which one key signs tickets. The server publishes it for as long before and after."""

    @field_validator("secret", "service_key")
    @classmethod
    def _check_length(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            _check_secret(secret)
        return secret

    @field_validator("previous_secrets")
    @classmethod
    def _check_lengths(cls, secrets: list[SecretStr]) -> list[SecretStr]:
        for secret in secrets:
            _check_secret(secret)
        return secrets

    @field_validator("service_keys", "operator_keys")
    @classmethod
    def _check_hashes(cls, hashes: list[str]) -> list[str]:
        HashedKeys(hashes)
        return hashes

    def discord(self) -> DiscordSettings | None:
        """None if the server has no application at Discord. Raises `ValueError` for settings that do not fit together."""
        if self.discord_client_id is None and self.discord_client_secret is None:
            return None
        if self.discord_client_id is None or self.discord_client_secret is None:
            raise ValueError("LOBBY_DISCORD_CLIENT_ID and LOBBY_DISCORD_CLIENT_SECRET: set both or none")
        secret = self.discord_client_secret.get_secret_value()
        return DiscordSettings(self.discord_client_id, secret, self.discord_api_url, self.discord_wait_s)

    @field_validator("moderator_keys")
    @classmethod
    def _check_named_hashes(cls, keys: list[str]) -> list[str]:
        NamedKeys(keys)
        return keys

    def previous_secret_values(self) -> list[Secret]:
        return [Secret.from_setting(secret.get_secret_value()) for secret in self.previous_secrets]

    def keys(self) -> tuple[HashedKeys, HashedKeys, NamedKeys]:
        """The keys of game servers, of operators and of moderators."""
        return self.service_key_hashes(), HashedKeys(self.operator_keys), NamedKeys(self.moderator_keys)

    def service_key_hashes(self) -> HashedKeys:
        plain = [hash_key(self.service_key.get_secret_value())] if self.service_key else []
        return HashedKeys([*plain, *self.service_keys])


def _check_secret(secret: SecretStr) -> None:
    chars = len(secret.get_secret_value())
    if chars < SECRET_CHARS_MIN:
        raise ValueError(
            f"has {chars} characters, at least {SECRET_CHARS_MIN} are needed. `openssl rand -hex 32` prints some"
        )
