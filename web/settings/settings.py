"""`Settings`: everything that an operator can set, read from the environment and from a .env file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, get_origin

from dotenv import dotenv_values
from pydantic import ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lobby.auth.secret import Secret
from lobby.stores.valkey.address import is_valkey
from web.settings.auth import AuthSettings
from web.settings.events import EventSettings
from web.settings.limits import ConnectionSettings, DocumentSettings, RateSettings
from web.settings.links import LinkSettings
from web.settings.logs_and_traces import LogSettings, TraceSettings
from web.settings.moderation import ModerationSettings
from web.settings.rules import GameServerSettings, RuleSettings
from web.settings.secret_files import file_variables, read_secret_files, secret_names
from web.settings.server import ROOT, SQLITE, ServerSettings, SettingsGroup, StorageSettings, StreamSettings

PREFIX = "LOBBY_"
TESTS_PREFIX = "LOBBY_TESTS_"
"""The prefix of variables for the tests. The server ignores them."""


_JSON_KINDS = {list: 'a list as JSON, such as ["one", "two"]', dict: 'an object as JSON, such as {"name": "value"}'}


class Settings(
    ServerSettings,
    LogSettings,
    TraceSettings,
    StorageSettings,
    AuthSettings,
    ModerationSettings,
    RuleSettings,
    GameServerSettings,
    EventSettings,
    LinkSettings,
    StreamSettings,
    ConnectionSettings,
    RateSettings,
    DocumentSettings,
    BaseSettings,
):
    """Each field is the environment variable of its name with `LOBBY_` in front. Its unit is in its name.

    `server.py` reads them once, and `web.app` and `web.container` pass on what each part needs. Nothing else reads the
    environment.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ROOT / ".env",
        env_ignore_empty=True,  # a compose file sets an unset variable to the empty text
        extra="ignore",
        enable_decoding=False,  # `_decode` names what is not JSON, together with all else that is wrong
    )

    @field_validator("*", mode="before")
    @classmethod
    def _decode(cls, value: object, info: ValidationInfo) -> object:
        """A variable has a list or an object as JSON."""
        kind = get_origin(cls.model_fields[info.field_name or ""].annotation)
        if not isinstance(value, str) or kind not in _JSON_KINDS:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError(f"must be {_JSON_KINDS[kind]}") from None

    @model_validator(mode="after")
    def _check_events(self) -> Self:
        if self.events_url is not None and self.events_retry_h > self.log_kept_h:
            raise ValueError(
                f"LOBBY_EVENTS_RETRY_H is {self.events_retry_h:g} and must be at most LOBBY_LOG_KEPT_H, "
                f"which is {self.log_kept_h:g}"
            )
        return self

    def secret_value(self) -> Secret:
        """The secret that is set, or the secret beside the data, which is made if it is missing. A store without data gets
        a secret for this process alone.

        Nodes that share a store must be given their secret: everybody who can read a secret beside the shared data could sign in
        as any player. Raises `ValueError` if it is missing there.
        """
        if self.secret is not None:
            return Secret.from_setting(self.secret.get_secret_value())
        if is_valkey(self.store):
            raise ValueError("LOBBY_SECRET must be set, to the same value on every node, where nodes share a store")
        path = self.store.removeprefix(SQLITE)
        if path == self.store:
            return Secret.random()
        database, secret_file = Path(path), Path(path).with_name("secret")
        if database.exists() and not secret_file.exists():
            raise ValueError(
                f"LOBBY_SECRET: {secret_file} is missing, and {database} has data. Restore the file. If it is lost, set "
                "LOBBY_SECRET to a new secret: then all players have to sign in again"
            )
        return Secret.from_file(secret_file)


GROUPS: tuple[type[SettingsGroup], ...] = tuple(base for base in Settings.__bases__ if issubclass(base, SettingsGroup))
"""All subjects, in the order of docs/settings.md: that of the base classes of `Settings`."""


def read_settings(arguments: Mapping[str, Any]) -> Settings:
    """The settings; `arguments` take precedence over the environment. Exits with a line for each setting that is not valid."""
    given = given_variables()
    files, problems = read_secret_files(Settings.model_fields, given, PREFIX, ROOT)
    problems = [*_unknown_names(given), *problems]
    settings = None
    try:
        settings = Settings(**files, **arguments)
    except ValidationError as error:
        problems += [_describe(detail["loc"], detail["msg"]) for detail in error.errors()]
    if problems or settings is None:
        raise SystemExit("\n".join(problems))
    return settings


def given_variables() -> dict[str, str]:
    """All variables by name, in capitals: those of the environment, and those that only .env has."""
    variables = {name.upper(): value or "" for name, value in dotenv_values(ROOT / ".env").items()}
    for name, value in os.environ.items():
        variables[name.upper()] = value or variables.get(name.upper(), "")
    return variables


def _unknown_names(given: Iterable[str]) -> list[str]:
    """A line for each LOBBY_ name that is not a setting."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= set(file_variables(secret_names(Settings.model_fields), PREFIX))
    unknown = sorted(set(given) - known)
    lobby = [name for name in unknown if name.startswith(PREFIX) and not name.startswith(TESTS_PREFIX)]
    return [f"{name} is not a setting.{_suggestion(name, known)}" for name in lobby]


def _suggestion(name: str, known: Iterable[str]) -> str:
    similar = get_close_matches(name, known, 1)
    return f" Did you mean {similar[0]}?" if similar else " docs/settings.md lists all settings."


def _describe(location: tuple[int | str, ...], message: str) -> str:
    """One error, after the environment variable and the place in it. Errors of several settings name them in the message."""
    message = message.removeprefix("Value error, ")
    return f"{_variable_name(location)}: {message}" if location else message


def _variable_name(location: tuple[int | str, ...]) -> str:
    return f"LOBBY_{str(location[0]).upper()}" + "".join(f".{part}" for part in location[1:])
