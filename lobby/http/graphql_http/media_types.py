"""Media types: which of the kinds of answer a client wants."""

from __future__ import annotations

from functools import lru_cache

from lobby.http.refusal import Refusal

JSON = "application/json"
"""Answers well-formed requests with 200 whatever the errors; what Unity clients need, since they throw on
others."""

RESPONSE_JSON = "application/graphql-response+json"
"""Has statuses of its own for requests that never began (GraphQL over HTTP, section 6.4.2)."""

EVENT_STREAM = "text/event-stream"
"""One event for each result (GraphQL over server-sent events); only for who names it."""

_HEADER_CHARS_MAX = 1_024


def answer_type(accept: str | None) -> str:
    """The media type to answer with, by an Accept header (RFC 9110, 12.5.1). None acceptable: 406."""
    chosen = _chosen((accept or "")[:_HEADER_CHARS_MAX])
    if chosen is None:
        message = f"Answers come as {JSON} or {RESPONSE_JSON}."
        raise Refusal(406, "NOT_ACCEPTABLE", message)
    return chosen


def takes_events(accept: str | None) -> bool:
    """Whether the client can read a stream of events."""
    return _event_weights((accept or "")[:_HEADER_CHARS_MAX])[0] > 0


def prefers_events(accept: str | None) -> bool:
    """Whether it would rather have one than a single answer; clients that name both want it for subscriptions alone."""
    events, others = _event_weights((accept or "")[:_HEADER_CHARS_MAX])
    return events > others


def wants_page(accept: str | None) -> bool:
    """Whether it is a browser that asks: nothing else names text/html."""
    return accept is not None and "text/html" in _weights(accept[:_HEADER_CHARS_MAX])


@lru_cache(maxsize=64)
def _chosen(accept: str) -> str | None:
    if not accept.strip():
        return JSON
    weights = _weights(accept)
    any_weight = weights.get("application/*", weights.get("*/*", 0.0))
    plain = weights.get(JSON, any_weight)
    # The wildcards mean plain JSON: they come from clients that know nothing of the other type.
    own = weights.get(RESPONSE_JSON, 0.0 if plain else any_weight)
    if own and own >= plain:
        return RESPONSE_JSON
    return JSON if plain else None


@lru_cache(maxsize=64)
def _event_weights(accept: str) -> tuple[float, float]:
    weights = _weights(accept)
    others = (weights.get(media, 0.0) for media in (JSON, RESPONSE_JSON, "application/*", "*/*"))
    return weights.get(EVENT_STREAM, 0.0), max(others)


def _weights(accept: str) -> dict[str, float]:
    ranges = (part.split(";") for part in accept.lower().split(","))
    return {media.strip(): _weight(parameters) for media, *parameters in ranges}


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
