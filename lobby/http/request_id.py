"""The id under which a request's answer, log lines and errors are found again."""

from __future__ import annotations

import re
import secrets
from itertools import count

from starlette.types import Scope

from lobby.http.headers import header

REQUEST_ID_HEADER = b"x-request-id"

# What a proxy in front may send: enough for a UUID or a trace id, and nothing that could forge a line of a
# log.
_sane = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch

# An id needs to be told apart from others, not to be hard to guess.
_process = secrets.token_hex(4)
_count = count(1)


def request_id_of(scope: Scope) -> str:
    """The id that came with the request, if it is fit to be repeated, or else a new one."""
    given = header(scope, REQUEST_ID_HEADER)
    return given if given is not None and _sane(given) else new_request_id()


def new_request_id() -> str:
    return f"{_process}-{next(_count):x}"
