"""From an HTTP request to the operation it asks for."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from lobby.http.body import read_body, require_json
from lobby.http.headers import header
from lobby.http.limits import HTTPLimits
from lobby.http.refusal import Refusal
from lobby.operations import MalformedRequest, OperationRequest, read_request
from lobby.operations.errors import BAD_REQUEST, LIMIT_EXCEEDED
from lobby.operations.json_text import MalformedJson, decode_json


async def read_posted(scope: Scope, receive: Receive, limits: HTTPLimits) -> OperationRequest:
    """The request in a POST's JSON body. Raises `Refusal`, or `Disconnected`."""
    require_json(header(scope, b"content-type"))
    body = await read_body(scope, receive, limits)
    try:
        return read_request(decode_json(body))
    except (MalformedJson, MalformedRequest) as error:
        raise Refusal(400, BAD_REQUEST, str(error)) from None


def read_query(scope: Scope, limits: HTTPLimits) -> OperationRequest:
    """The request in a GET's query string, `variables` and `extensions` being JSON. Raises `Refusal`."""
    parameters: dict[str, object] = dict(query_parameters(scope, limits))
    try:
        for name in parameters.keys() & {"variables", "extensions"}:
            parameters[name] = decode_json(str(parameters[name]))
        return read_request(parameters)
    except (MalformedJson, MalformedRequest) as error:
        raise Refusal(400, BAD_REQUEST, str(error)) from None


def query_parameters(scope: Scope, limits: HTTPLimits) -> list[tuple[str, str]]:
    """The parameters of the query string, without the blank ones. Raises `Refusal` (400, 414)."""
    query: bytes = scope["query_string"]
    if len(query) > limits.query_bytes_max:
        raise Refusal(414, LIMIT_EXCEEDED, f"A query string has at most {limits.query_bytes_max} bytes.")
    try:
        return parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=limits.query_parameters_max)
    except ValueError:
        raise Refusal(400, BAD_REQUEST, "The query string must be percent-encoded UTF-8.") from None
