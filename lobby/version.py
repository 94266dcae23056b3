"""The server's version; `pyproject.toml` has the same, which a test holds."""

VERSION = "0.1.0"
