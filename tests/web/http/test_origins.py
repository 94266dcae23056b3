"""Origins are compared as browsers mean them, and a malformed one is a stranger's, not an error of the server."""

from __future__ import annotations

import pytest

from web.http.origins import Origins, normalize_origin


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "lobby.example"),
        ("https://play.example", "lobby.example"),
        ("https://play.example:443", "lobby.example"),
        ("HTTPS://Play.Example", "lobby.example"),
        ("https://lobby.example", "lobby.example:443"),
        ("https://lobby.example:443", "lobby.example"),
        ("http://lobby.example:8000", "Lobby.Example:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_an_allowed_or_own_origin_may_connect(origin: str | None, host: str) -> None:
    assert Origins(["https://play.example"]).may_connect(origin, host)


@pytest.mark.parametrize(
    "origin",
    ["http://[", "http://[::1", "null", "", "http://lobby.example:x", "https://lobby.example", "file://", "//a"],
)
def test_any_other_origin_may_not_connect(origin: str) -> None:
    assert not Origins(["https://play.example"]).may_connect(origin, "lobby.example:8000")


@pytest.mark.parametrize(
    "text", ["*", "play.example", "https://", "https://a/b", "https://u@a", "http://a:port", "ftp://a"]
)
def test_a_text_that_is_not_an_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|[Pp]ort|IPv6"):
        normalize_origin(text)


@pytest.mark.parametrize(
    "host", [None, "localhost", "LOCALHOST:8000", "127.0.0.1:8000", "192.168.1.7", "[::1]:8000", "Lobby.Example:443"]
)
def test_an_open_server_is_reached_by_its_own_names_and_by_addresses(host: str | None) -> None:
    assert Origins([], ["lobby.example"]).may_connect(None, host)


@pytest.mark.parametrize("host", ["rebound.example:8000", "localhost.example", "lobby.example.net", "[", ""])
def test_an_open_server_is_not_reached_by_foreign_names(host: str) -> None:
    """A page of `host` whose DNS now says this server's address: for the browser it is the page's own server."""
    assert not Origins([], ["lobby.example"]).may_connect(f"http://{host}", host)
    assert not Origins([], ["lobby.example"]).may_connect(None, host), "a browser sends no Origin with a GET"
