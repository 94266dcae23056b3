"""How a webhook's receiver knows that a message is ours, and fresh: https://www.standardwebhooks.com, version 1.0."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64


def read_secret(written: str) -> bytes:
    """The key in `whsec_<base64>`, of 24 to 64 bytes as the specification has it. Raises `ValueError`."""
    try:
        key = b64decode(written.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not written.startswith(SECRET_PREFIX) or not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(
            f"must be {SECRET_PREFIX} and the base64 of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} random bytes"
        )
    return key


def signed_headers(key: bytes, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """`message_id` stays the same when a message is sent again; `at_s` is the time of this sending, in seconds."""
    content = b".".join((message_id.encode(), str(at_s).encode(), body))
    signature = b64encode(hmac.digest(key, content, sha256)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at_s), "webhook-signature": f"v1,{signature}"}
