"""The entry point: read the arguments and the settings, then serve until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import cast

if __name__ == "__main__":
    gc.disable()  # until all modules are imported: to look for reference cycles in between took a seventh of that time

import uvicorn

from lobby.runtime.gc_tuning import enable_gc, freeze_startup_objects
from lobby.runtime.tracing import set_tracing
from lobby.stores import without_credentials
from schema.server_info import VERSION
from web.app import create_app
from web.connections.connection_limits import HeadLimits, fit_descriptors
from web.connections.unread_bytes import UnreadLimits
from web.graphql.explorer.pages import graphiql_missing
from web.lobby_app import LobbyApp
from web.logs import LogOptions, PlayerLabel, hashed_player, set_up_logging, write_stacks_on_signal
from web.rest.routes import OPEN_NOTICE
from web.serving import (
    STOP_WAIT_S,
    Server,
    ServingLimits,
    certificate_problem,
    exit_cleanly_on_signals,
    listening_socket,
    server_config,
    unix_socket,
)
from web.settings.settings import Settings, read_settings

log = logging.getLogger("lobby")


def main(arguments: Sequence[str] | None = None, prog: str = "server.py") -> None:
    """`arguments` of the command line, by default those of the process. Exits with a line for each setting that is not valid."""
    options = _read_arguments(arguments, prog)
    given = {"host": options.host, "port": options.port}
    overrides = {name: value for name, value in given.items() if value is not None}
    settings = read_settings(overrides)
    exit_cleanly_on_signals()
    if hasattr(signal, "SIGHUP") and not _is_in_terminal():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the server is up: it reads the settings just now
    set_up_logging(_log_options(settings))
    if options.workers is not None:
        if settings.socket is not None:
            raise SystemExit("LOBBY_SOCKET: workers share a port, and have no socket")
        from web.workers.supervisor import Supervisor

        raise SystemExit(Supervisor(settings, options.workers, (sys.executable, __file__)).run())
    write_stacks_on_signal()
    app = create_app(settings)
    freeze_startup_objects()
    enable_gc()
    limits = _serving_limits(settings)
    config = server_config(app, settings.host, settings.port, limits)
    _set_up_tls(config, settings)
    listeners = _listen(config, settings, limits, options)
    scheme = "https" if settings.tls_cert_file is not None else "http"
    where = f"unix:{settings.socket}:" if settings.socket else f"{settings.host}:{listeners[0].getsockname()[1]}"
    _log_start(settings, f"{scheme}://{where}")
    for own in listeners[1:]:
        log.info("this worker alone: %s://127.0.0.1:%d", scheme, own.getsockname()[1])
    with _traced(config, settings):
        on_hangup = None if _is_in_terminal() else partial(_reload, app, overrides)
        Server(config, app.drain, STOP_WAIT_S, on_hangup).run(sockets=listeners)


def _is_in_terminal() -> bool:
    """Then SIGHUP says that the terminal was closed, and ends the server as it ends every program."""
    return sys.stdin is not None and sys.stdin.isatty()


async def _reload(app: LobbyApp, overrides: Mapping[str, object]) -> None:
    """Read the settings again. If one is not valid, all stay as they are, and the log names it."""
    try:
        settings = await asyncio.to_thread(read_settings, overrides)
    except SystemExit as error:
        log.error("the settings were not read anew: %s", error.code)
        return
    if app.reloader is not None:
        await app.reloader.reload(settings)


def _read_arguments(arguments: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="The AdventureBot2 lobby server. Settings: environment variables LOBBY_…, see docs/settings.md.",
    )
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument(
        "--workers", type=int, help="so many processes behind one port, over one Valkey; see docs/nodes.md"
    )
    # For the processes that --workers starts:
    parser.add_argument("--shared-port", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--own-port", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _set_up_tls(config: uvicorn.Config, settings: Settings) -> None:
    """Exits if the certificate can't be used."""
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        return
    config.ssl_certfile, config.ssl_keyfile = settings.tls_cert_file, settings.tls_key_file
    problem = certificate_problem(settings.tls_cert_file, settings.tls_key_file)
    if problem is not None:
        names = f"LOBBY_TLS_CERT_FILE={settings.tls_cert_file} and LOBBY_TLS_KEY_FILE={settings.tls_key_file}"
        raise SystemExit(f"{names}: {problem}")


@contextmanager
def _traced(config: uvicorn.Config, settings: Settings) -> Iterator[None]:
    """Record traces until the end of the block, if the settings say so. Exits if the packages for it are missing."""
    if settings.traces_url is None:
        yield
        return
    try:
        from web.traces import OpenTelemetry, TracedApp
    except ImportError as error:
        raise SystemExit(
            f"LOBBY_TRACES_URL needs packages that are not installed: pip install 'adventurebot2-lobby[traces]' ({error})"
        ) from None
    tracing = OpenTelemetry(settings.traces_url, settings.traces_ratio, settings.traces_per_s_max)
    set_tracing(tracing)
    config.app = TracedApp(cast(LobbyApp, config.app), tracing)
    try:
        yield
    finally:
        tracing.close()


def _listen(
    config: uvicorn.Config, settings: Settings, limits: ServingLimits, options: argparse.Namespace
) -> list[socket.socket]:
    """The socket that the settings name, and that of this worker alone. Exits if one can't be used."""
    if settings.socket is not None:
        try:
            return [unix_socket(settings.socket, limits)]
        except OSError as error:
            raise SystemExit(f"LOBBY_SOCKET: can't listen on {settings.socket}: {error.strerror or error}") from None
    try:
        listeners = [listening_socket(config, limits, options.shared_port)]
        if options.own_port is not None:
            listeners.append(listening_socket(config, limits, own_port=options.own_port))
    except OSError as error:
        raise SystemExit(
            f"LOBBY_HOST and LOBBY_PORT: can't listen on {settings.host}:{settings.port}: {error.strerror}"
        ) from None
    return listeners


def _log_options(settings: Settings) -> LogOptions:
    """Exits if ids are to be hashed and there is no secret to do it with."""
    labels: dict[str, PlayerLabel] = {"plain": lambda player_id: player_id, "none": lambda _: None}
    if settings.log_player_ids == "hashed":
        try:
            labels["hashed"] = hashed_player(settings.secret_value().key("logged players"))
        except ValueError as error:
            raise SystemExit(str(error)) from None
    return LogOptions(settings.log_format == "json", settings.log_level, labels[settings.log_player_ids])


def _serving_limits(settings: Settings) -> ServingLimits:
    head = HeadLimits(
        head_wait_s=settings.head_wait_s,
        keep_alive_s=settings.keep_alive_s,
        body_bytes_max=settings.body_bytes_max,
        connections_max=fit_descriptors(settings.tcp_connections_max),
        # Behind proxies the kernel sees the proxies' addresses alone.
        connections_per_address_max=None if settings.is_behind_proxy else settings.tcp_connections_per_address_max,
    )
    return ServingLimits(
        frame_bytes_max=settings.frame_bytes_max,
        head=head,
        unread=UnreadLimits(
            per_address_max=None if settings.is_behind_proxy else settings.unread_bytes_per_address_max,
            total_max=settings.unread_bytes_max,
            stalled_send_s=settings.stalled_send_s,
        ),
        trusted_proxies=("*",) if settings.socket is not None else tuple(settings.trusted_proxies),
    )


def _log_start(settings: Settings, url: str) -> None:
    log.info("version %s, store %s", VERSION, without_credentials(settings.store))
    log.info("GraphQL and GraphiQL: %s/graphql", url)
    log.info("REST: %s/docs", url)
    log.info("endpoints of sessions: LOBBY_ALLOCATOR=%s", settings.allocator)
    if settings.open_rest:
        log.warning("%s", OPEN_NOTICE)
    missing = graphiql_missing()
    if missing:
        log.info("%s", missing)


if __name__ == "__main__":
    main()
