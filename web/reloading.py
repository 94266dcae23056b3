"""Takes over settings that have changed while the server runs. No socket is closed for it.

The environment of a process can't be changed from outside, so what changes is `.env`, or the files that `LOBBY_…_FILE` name.
"""

from __future__ import annotations

import logging
from dataclasses import fields

from web.container import Container, client_limits
from web.http.origins import Origins
from web.http.rate_limits import RequestLimiter
from web.settings.limits import RateSettings
from web.settings.settings import PREFIX, Settings

log = logging.getLogger(__name__)

KEYS = frozenset({"service_key", "service_keys", "operator_keys", "moderator_keys"})
ISSUERS = frozenset({"issuers"})
ORIGINS = frozenset({"allowed_origins", "allowed_hosts"})
RATES = frozenset(RateSettings.model_fields) - {"rate_limits"}
RELOADED = KEYS | ISSUERS | ORIGINS | RATES
"""The settings that take effect without a restart."""


class Reloader:
    """The settings in force of one running server, and the parts that go by them."""

    def __init__(
        self, settings: Settings, container: Container, request_limiter: RequestLimiter, origins: Origins
    ) -> None:
        self._settings = settings
        self._container = container
        self._request_limiter = request_limiter
        self._origins = origins

    async def reload(self, settings: Settings) -> None:
        """Go by `settings` from now on, as far as `RELOADED` says. The log names what has changed, and what needs a restart.

        Raises `ValueError` for settings that do not fit together; then nothing has changed.
        """
        before = self._settings
        changed = {name for name in Settings.model_fields if getattr(settings, name) != getattr(before, name)}
        if changed & ISSUERS:
            await self._replace_issuers(settings)
        if changed & KEYS:
            self._container.authentication.replace_keys(*settings.keys())
        if changed & ORIGINS:
            self._origins.replace(settings.allowed_origins, settings.allowed_hosts if settings.open_rest else None)
        if changed & RATES:
            self._set_rates(settings)
        self._settings = before.model_copy(update={name: getattr(settings, name) for name in changed & RELOADED})
        _log(changed)

    async def _replace_issuers(self, settings: Settings) -> None:
        container = self._container
        former = container.authentication.issuers.keys()
        await container.authentication.replace_issuers(settings.issuers)
        for name in former:
            container.providers.pop(name, None)
        container.providers.update(container.authentication.issuer_providers())

    def _set_rates(self, settings: Settings) -> None:
        rates, attempts, container = settings.rates(), settings.attempt_limits(), self._container
        if rates is None or attempts is None:
            return  # without rate limits; switching them on needs a restart
        self._request_limiter.set_limits(rates)
        if container.command_limiter is not None:
            container.command_limiter.set_limits(rates)
        container.services.attempts.set_limits(attempts)
        shown = client_limits(settings)
        for each in fields(shown):
            setattr(container.services.limits, each.name, getattr(shown, each.name))


def _log(changed: set[str]) -> None:
    done, left = sorted(changed & RELOADED), sorted(changed - RELOADED)
    log.info("read the settings anew: %s", ", ".join(map(_variable, done)) or "none has changed")
    if left:
        log.warning("these settings take effect after a restart: %s", ", ".join(map(_variable, left)))


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
