"""`adventurebot-lobby check`: names what is wrong with the settings, tries what they name, and shows what is in force.

It changes nothing, and may run beside a server.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import httpx

from lobby.allocators import create_allocator
from lobby.auth.external_issuers import IssuerKeys
from lobby.domain.bounds import Bounds
from lobby.live.event_webhook import EventWebhook
from lobby.ports import Unavailable
from lobby.runtime.clock import SystemClock
from lobby.stores import open_store, without_credentials
from lobby.stores.sqlite.backup import NotAStore, inspect
from lobby.stores.valkey.address import Address, is_valkey
from lobby.stores.valkey.opening import create_client
from lobby.text_filters import create_text_filter
from web.serving import certificate_problem
from web.settings.in_force import setting_text
from web.settings.secret_files import SUFFIX
from web.settings.server import SQLITE
from web.settings.settings import GROUPS, PREFIX, Settings, given_variables, read_settings

TRY_WAIT_S = 10.0
"""How long one service may take to answer."""


def main(arguments: Sequence[str] | None = None, prog: str = "python -m adventurebot_lobby.check") -> int:
    """Returns 0 if a server with these settings could start and work, else 1; each problem is a line with its setting."""
    parser = argparse.ArgumentParser(prog=prog, description="Checks the settings and tries what they name.")
    parser.add_argument("--all", action="store_true", help="show the settings that have their defaults, too")
    options = parser.parse_args(arguments)
    settings = read_settings({})
    print("\n".join(settings_in_force(settings, given_variables(), with_defaults=options.all)))
    return asyncio.run(_try_everything(settings))


def settings_in_force(settings: Settings, given: Mapping[str, str], *, with_defaults: bool) -> list[str]:
    """A line for each setting: its value, as a variable would have it, and where it comes from. Secrets are masked."""
    lines = []
    for group in GROUPS:
        for name, field in group.model_fields.items():
            variable, value = f"{PREFIX}{name.upper()}", getattr(settings, name)
            if given.get(variable + SUFFIX):
                origin = f"from the file {given[variable + SUFFIX]}"
            elif given.get(variable):
                origin = "set"
            else:
                origin = "default"
            if with_defaults or origin != "default":
                lines.append(f"{variable}={setting_text(name, field, value)}  ({origin})")
    return lines or ["All settings have their defaults."]


async def _try_everything(settings: Settings) -> int:
    """Print a line for each thing that was tried. Returns the exit code."""
    is_well = True
    async for subject, problem, found in _findings(settings):
        print(f"{'wrong' if problem else 'ok':5}  {subject}: {problem or found}")
        is_well = is_well and not problem
    return 0 if is_well else 1


Finding = tuple[str, str | None, str]
"""The subject, the problem or None, and what was found without one."""


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield await _try_store(settings)
    yield _try_secret(settings)
    yield _try_listening(settings)
    if settings.tls_cert_file is not None and settings.tls_key_file is not None:
        name = f"LOBBY_TLS_CERT_FILE={settings.tls_cert_file} and LOBBY_TLS_KEY_FILE={settings.tls_key_file}"
        problem = certificate_problem(settings.tls_cert_file, settings.tls_key_file)
        yield name, problem, "they belong together"
    for issuer in settings.issuers:
        async with httpx.AsyncClient() as client:
            keys = IssuerKeys(issuer, client, lambda: None)
            await keys.refresh()
        yield (
            f"LOBBY_ISSUERS, {issuer.issuer}",
            None if keys.is_reachable else f"its keys can't be read from {issuer.keys_url}",
            "its keys can be read",
        )
    yield await _try_allocator(settings)
    yield await _try_text_filter(settings)
    if settings.events_url is not None:
        yield await _try_events(settings)
    if settings.traces_url is not None:
        yield await _try_traces(settings.traces_url)
    try:
        settings.discord()
    except ValueError as error:
        yield "Discord", str(error), ""


async def _try_store(settings: Settings) -> Finding:
    name = f"LOBBY_STORE={without_credentials(settings.store)}"
    try:
        if is_valkey(settings.store):
            return name, None, await _try_valkey(settings.store)
        path = settings.store.removeprefix(SQLITE)
        if path == settings.store:
            # Only memory:// is left; open_store refuses everything else, and says how a URL looks.
            store = await open_store(settings.store, Bounds(), settings.retention(), SystemClock())
            await store.close()
            return name, None, "keeps nothing after the process"
        return name, None, _try_file(Path(path))
    except (Unavailable, ValueError, OSError) as error:
        return name, str(error), ""


async def _try_valkey(url: str) -> str:
    client = create_client(Address.read(url))
    try:
        await client.read_time()
        warnings = await client.config_warnings()
    finally:
        await client.close()
    return "; ".join(["it answers", *warnings])


def _try_file(path: Path) -> str:
    """Raises `NotAStore`."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if problem := _folder_problem(folder):
        raise NotAStore(problem)
    if not path.exists():
        return "there is no file yet, the first start makes it"
    report = inspect(path)
    if report.is_newer:
        raise NotAStore(f"a newer server has written it (schema {report.schema})")
    update = ", the next start brings its tables up to date" if report.is_older else ""
    return f"{report.live_parties} live parties{update}"


def _try_secret(settings: Settings) -> Finding:
    """Reads the secret, but makes none: that is left to the server."""
    path = Path(settings.store.removeprefix(SQLITE))
    try:
        if settings.secret is None and settings.store.startswith(SQLITE) and not path.exists():
            return "LOBBY_SECRET", None, f"the first start makes {path.with_name('secret')}"
        settings.secret_value()
    except OSError as error:
        return "LOBBY_SECRET", str(error), ""
    except ValueError as error:
        return "LOBBY_SECRET", str(error).removeprefix("LOBBY_SECRET: "), ""
    return "LOBBY_SECRET", None, "it can be used"


def _try_listening(settings: Settings) -> Finding:
    """Not whether the port is free: a server with these settings may run."""
    if settings.socket is not None:
        return f"LOBBY_SOCKET={settings.socket}", _folder_problem(settings.socket.absolute().parent), "it can be made"
    name = f"LOBBY_HOST={settings.host}"
    try:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
            probe.bind((settings.host, 0))
    except OSError as error:
        return name, f"can't listen there: {error.strerror}", ""
    return name, None, "it is an address of this machine"


def _folder_problem(folder: Path) -> str | None:
    if not folder.is_dir():
        return f"{folder} is no folder"
    may_write = os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
    return None if may_write else f"this user can't write to {folder}"


async def _try_allocator(settings: Settings) -> Finding:
    name = f"LOBBY_ALLOCATOR={settings.allocator}"
    store = await open_store("memory://", Bounds(), settings.retention(), SystemClock())
    try:
        allocator = create_allocator(settings.allocator_settings(), store, SystemClock())
        await allocator.close()
    except ValueError as error:
        return name, str(error), ""
    finally:
        await store.close()
    if settings.allocator_url is None:
        return name, None, f"{len(settings.game_servers)} game servers" if settings.game_servers else "nothing to try"
    return await _try_url(f"LOBBY_ALLOCATOR_URL={settings.allocator_url}", settings.allocator_url)


async def _try_text_filter(settings: Settings) -> Finding:
    name = "the filter for names and texts"
    try:
        text_filter = create_text_filter(settings.text_filter_settings(), SystemClock())
        await text_filter.close()
    except ValueError as error:
        return name, str(error), ""
    if settings.text_webhook_url is None:
        return name, None, "its words can be read" if settings.word_list else "there is none"
    return await _try_url(f"LOBBY_TEXT_WEBHOOK_URL={settings.text_webhook_url}", settings.text_webhook_url)


async def _try_events(settings: Settings) -> Finding:
    name, url = f"LOBBY_EVENTS_URL={settings.events_url}", settings.events_url or ""
    try:
        await EventWebhook(settings.event_settings(), lambda entry: b"", SystemClock()).close()
    except ValueError as error:
        return without_credentials(name), str(error).removeprefix("LOBBY_EVENTS_URL: "), ""
    return await _try_url(name, url)


async def _try_traces(url: str) -> Finding:
    if find_spec("opentelemetry") is None:
        problem = "its packages are not installed: pip install 'adventurebot2-lobby[traces]'"
        return f"LOBBY_TRACES_URL={without_credentials(url)}", problem, ""
    return await _try_url(f"LOBBY_TRACES_URL={url}", url)


async def _try_url(name: str, url: str) -> Finding:
    """Any answer will do: a message that the service takes seriously would have effects."""
    name = without_credentials(name)
    try:
        async with httpx.AsyncClient(timeout=TRY_WAIT_S, trust_env=False) as client:
            status = (await client.head(url)).status_code
    except httpx.HTTPError as error:
        return name, f"nobody answers there: {error or type(error).__name__}", ""
    return name, None, f"it answers (HEAD: {status})"
