"""Four bots play the whole journey against a running server: `uv run python -m lobby.demo`.

It is an example of a good client as well: `http_client` and `socket_client` are the two transports, `follower` resumes
with its cursor, `bot` sends each mutation under an idempotency key.
"""
