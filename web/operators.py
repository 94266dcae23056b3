"""For operators and game servers: liveness, readiness, metrics, the public keys of session tickets, and replays of events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from lobby.app.errors import UNAUTHENTICATED, CallerError
from lobby.auth.tickets import CACHE_S, Tickets
from lobby.live.event_sender import EventSender
from lobby.ports import Clock, Store, StoreCounts, Unavailable
from lobby.runtime.log_context import no_request
from lobby.runtime.repeated_warning import RepeatedWarning
from web.connections.connection_limits import address_of
from web.http.callers import Authenticate
from web.http.request import header
from web.metrics import METRICS_CONTENT_TYPE, EventNumbers, Sources, metrics

log = logging.getLogger(__name__)

Counts = TypeVar("Counts")

RESULT_VALID_S = 1.0
"""How long a result of the readiness check is reused. The check writes to the disk, so many callers must not mean many checks."""
CHECK_WAIT_S = 2.0
"""How long the check may take. A store that takes longer is no place to send players to."""


@dataclass(frozen=True, slots=True)
class OperatorDeps:
    """The dependencies of the routes. `needs_key`: whether only operators may read the metrics now."""

    tickets: Tickets
    clock: Clock
    store: Store
    readiness: Readiness
    sources: Sources
    authenticate: Authenticate
    needs_key: Callable[[], bool]
    event_sender: EventSender | None


def add_operator_routes(app: FastAPI, deps: OperatorDeps) -> None:
    @app.get("/healthz", tags=["operators"])
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operators"], responses={503: {"description": "Not now."}})
    async def readyz() -> JSONResponse:
        """The store can commit, and the server is not shutting down."""
        problem = await deps.readiness.problem()
        if problem is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "problem": problem}, 503)

    @app.get("/metrics", tags=["operators"], response_class=Response)
    async def show_metrics(request: Request) -> Response:
        """Metrics in Prometheus' text format. Needs an operator's key as Bearer token, if the server has operator keys."""
        _require_operator(request, deps)
        counts, outbox = await read_store_counts(deps.store), None
        if deps.event_sender is not None and counts is not None:
            outbox = await _or_none(deps.store.event_outbox.counts())
        events = EventNumbers(deps.event_sender, outbox, deps.clock.now()) if deps.event_sender is not None else None
        text = await metrics(deps.sources, counts, events, address_of(request.scope))
        return Response(text, media_type=METRICS_CONTENT_TYPE)

    @app.get("/.well-known/jwks.json", tags=["game servers"])
    async def jwks() -> JSONResponse:
        """The public keys of session tickets as a JSON Web Key Set: of the current, the next and the previous signing key."""
        key_set = deps.tickets.key_set(deps.clock.now())
        return JSONResponse(key_set, headers={"cache-control": f"public, max-age={CACHE_S}"})

    if deps.event_sender is not None:
        _add_replay_route(app, deps, deps.event_sender)


def _add_replay_route(app: FastAPI, deps: OperatorDeps, event_sender: EventSender) -> None:
    @app.post("/events/replay", tags=["operators"])
    async def replay_events(
        request: Request,
        since: Annotated[datetime, Query(description="Events from this time on; without an offset in UTC.")],
        party_id: Annotated[str | None, Query(max_length=64, description="Only events of this party.")] = None,
    ) -> dict[str, int]:
        """Send events again to the webhook (`LOBBY_EVENTS_URL`), as far as they are kept. Needs a moderator's key. `parties`: how
        many parties have such events."""
        by = deps.authenticate(header(request.scope, b"authorization")).moderator
        if by is None:
            raise CallerError(UNAUTHENTICATED, "A moderator's key is needed.")
        since_ms = round((since if since.tzinfo is not None else since.replace(tzinfo=UTC)).timestamp() * 1000)
        parties = await deps.store.event_outbox.replay(since_ms, deps.clock.now(), party_id)
        log.info("%s had events since %s sent again, of %d parties", by, since.isoformat(), parties)
        event_sender.hint()
        return {"parties": parties}


async def read_store_counts(store: Store) -> StoreCounts | None:
    """None while the store can't be asked within `CHECK_WAIT_S`."""
    return await _or_none(store.store_counts())


async def _or_none(counts: Awaitable[Counts]) -> Counts | None:
    """None while the store can't be asked: the metrics of the process are needed most at that time."""
    if asyncio.current_task() is None:
        # A query may begin without a task, see `PendingResponse`. It has one after its first wait, and asyncio.timeout needs one.
        await asyncio.sleep(0)
    try:
        async with asyncio.timeout(CHECK_WAIT_S):
            return await counts
    except (Unavailable, TimeoutError):
        return None


def _require_operator(request: Request, deps: OperatorDeps) -> None:
    given = header(request.scope, b"authorization")
    if deps.needs_key() and not deps.authenticate(given).is_operator:
        raise CallerError(UNAUTHENTICATED, "An operator's key is needed.")


class Readiness:
    """Checks if the server can do its work now, for a load balancer that decides where to send players."""

    def __init__(self, check: Callable[[], Awaitable[None]], is_going_down: Callable[[], bool]) -> None:
        """`check` commits something to the store, and raises `Unavailable` if that fails."""
        self._check = check
        self._is_going_down = is_going_down
        self._checking: asyncio.Task[str | None] | None = None
        self._checked_at = 0.0
        self._not_ready = RepeatedWarning(log)

    async def problem(self) -> str | None:
        """Why the server is not ready, in words for an operator; None if it is ready."""
        if self._is_going_down():
            return "the server is going down"
        now = asyncio.get_running_loop().time()
        if self._checking is None or (self._checking.done() and now - self._checked_at >= RESULT_VALID_S):
            self._checked_at = now
            self._checking = asyncio.create_task(self._check_store(), name="readiness", context=no_request())
        return await asyncio.shield(self._checking)

    async def _check_store(self) -> str | None:
        try:
            async with asyncio.timeout(CHECK_WAIT_S):
                await self._check()
        except (Unavailable, TimeoutError) as error:
            reason = str(error) or f"{type(error).__name__}, the store took longer than {CHECK_WAIT_S} s"
            self._not_ready.log("not ready: %s", reason)
            return "the store can't keep anything now"
        return None
