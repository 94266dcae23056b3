"""Preflights of web pages: allowed origins may send the headers of common libraries, others learn which setting refuses them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from lobby.runtime.repeated_warning import RepeatedWarning
from tests.web.rest_client import Rest, running
from web.http import origins

GAME = "https://game.example"
LIBRARY_HEADERS = (
    "authorization,content-type,apollographql-client-name,apollo-require-preflight,traceparent,tracestate,"
    "sentry-trace,baggage,cache-control,x-unity-version,last-event-id"
)
BURST = 20


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(allowed_origins=[GAME], requests_per_address_burst=BURST, requests_per_address_s=1) as url:
        yield url


def preflight(url: str, path: str, origin: str = GAME) -> httpx.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return Rest(url).request("OPTIONS", path, headers={**headers, "Access-Control-Request-Headers": LIBRARY_HEADERS})


@pytest.mark.parametrize("path", ["/graphql", "/party", "/party/"])
def test_a_page_of_an_allowed_origin_may_send_the_headers_of_common_libraries(url: str, path: str) -> None:
    response = preflight(url, path)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == GAME
    assert response.headers["access-control-allow-headers"] == LIBRARY_HEADERS
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    assert "Origin" in response.headers["vary"]


def test_preflights_do_not_count_against_the_rate_of_requests(url: str) -> None:
    assert [preflight(url, "/graphql").status_code for _ in range(3 * BURST)] == [200] * 3 * BURST
    assert Rest(url).get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/graphql", "/party"])
def test_a_refused_preflight_names_the_setting(
    path: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origins, "_refused", RepeatedWarning(origins._refused._logger))
    with running() as url:
        response = preflight(url, path, "https://elsewhere.example")
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    assert "'https://elsewhere.example'" in response.text
    assert "LOBBY_ALLOWED_ORIGINS" in response.text
    assert "'https://elsewhere.example': LOBBY_ALLOWED_ORIGINS" in caplog.text


def test_options_without_a_page_is_no_preflight(url: str) -> None:
    assert Rest(url).request("OPTIONS", "/graphql").status_code == 405
