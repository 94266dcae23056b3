"""These tests are clients of a running server."""

from tests.journey.fixtures import ada, address, bram, cleo, dov, http

__all__ = ["ada", "address", "bram", "cleo", "dov", "http"]
