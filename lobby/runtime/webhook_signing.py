"""Signatures of the messages that the lobby sends to services of the operator, as Standard Webhooks 1.0 defines them."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from lobby.runtime.tracing import trace_headers

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64


def parse_secret(text: str) -> bytes:
    """The key of 24 to 64 bytes in `whsec_<base64>`, as Standard Webhooks 1.0 defines it. Raises `ValueError`."""
    try:
        key = b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(SECRET_PREFIX) or not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(
            f"must be {SECRET_PREFIX} and the base64 of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} random bytes"
        )
    return key


def signed_headers(key: bytes, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The headers with which the receiver can verify that a message is from the lobby, and new, and `traceparent` within a trace.

    See https://www.standardwebhooks.com, version 1.0. A message that is sent again has the same `message_id`, and a new time
    `at_s`.
    """
    content = b".".join((message_id.encode(), str(at_s).encode(), body))
    signature = b64encode(hmac.digest(key, content, sha256)).decode()
    signed = {"webhook-id": message_id, "webhook-timestamp": str(at_s), "webhook-signature": f"v1,{signature}"}
    return {**signed, **trace_headers()}
