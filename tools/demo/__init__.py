"""A demo: four bots play the whole journey against a running server: `uv run python -m tools.demo`.

It is also an example of a good client: `http_client` and `socket_client` are the two transports, `bot` sends each mutation under
an idempotency key and resumes its stream with a cursor, `reconnecting_socket` connects again.
"""
