"""Settings of the links by which players join parties, and of the game that they open."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import field_validator

from web.settings.server import SettingsGroup

CODE_FIELD = "{code}"
"""Stands for the join code in the URLs of the settings."""
URL_CHARS_MAX = 500
_WEB_SCHEMES = frozenset({"http", "https"})
_REFUSED_SCHEMES = frozenset({"javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "view-source"})
"""Schemes that run code or open files of the computer."""
_is_url = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+", re.IGNORECASE | re.ASCII).fullmatch


class LinkSettings(SettingsGroup):
    """Links to parties"""

    join_url: str | None = None
    """The address of a page by which players join a party, with `{code}` for the join code, such as
    `https://lobby.example/j/{code}`. Members see it as `Party.joinUrl`."""
    game_url: str | None = None
    """The address that opens the game, with `{code}` for the join code: a URL scheme of the game, such as
    `adventurebot2://join/{code}`, or a web build, such as `https://play.example/?join={code}`. With it, the server shows the page
    `/j/{code}`, which opens this address."""

    @field_validator("join_url")
    @classmethod
    def _check_join_url(cls, url: str | None) -> str | None:
        if url is not None and _check_url(url) not in _WEB_SCHEMES:
            raise ValueError(f"{url!r} must begin with https:// or http://, so that it opens in a browser")
        return url

    @field_validator("game_url")
    @classmethod
    def _check_game_url(cls, url: str | None) -> str | None:
        if url is not None and _check_url(url) in _REFUSED_SCHEMES:
            raise ValueError(f"{url!r} must open the game: this scheme is not allowed")
        return url


def _check_url(url: str) -> str:
    """The scheme of a URL with one `{code}`. Raises `ValueError` for anything else."""
    if len(url) > URL_CHARS_MAX:
        raise ValueError(f"has {len(url)} characters, at most {URL_CHARS_MAX} are allowed")
    if url.count(CODE_FIELD) != 1:
        raise ValueError(f"{url!r} must have {CODE_FIELD} exactly once, in the place of the join code")
    filled = url.replace(CODE_FIELD, "BCDFGH")
    if not _is_url(filled) or re.search(r"[<>\"'`{}|\\^]", filled):
        raise ValueError(f"{url!r} is not a URL such as https://lobby.example/j/{CODE_FIELD}")
    parts = urlsplit(filled)
    if parts.scheme in _WEB_SCHEMES:
        if not parts.hostname or parts.username is not None:
            raise ValueError(f"{url!r} needs a host, and no user name")
        if CODE_FIELD in url.split("/", 3)[2]:
            raise ValueError(f"{url!r} must have {CODE_FIELD} after the host")
        _ = parts.port  # the ValueError says what is wrong
    return parts.scheme
