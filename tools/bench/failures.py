"""Everything that may go wrong while one server is measured."""

from __future__ import annotations

from http.client import HTTPException

from tools.bench.load.http import ErrorResponse, NotAnswered
from tools.bench.load.websocket import ConnectionLost
from tools.bench.load.wrk import LoadFailed
from tools.bench.serving import DidNotServe

FAILURES = (DidNotServe, ErrorResponse, ConnectionLost, LoadFailed, NotAnswered, OSError, HTTPException)
"""Caught for one server of a row: the others are still measured."""
