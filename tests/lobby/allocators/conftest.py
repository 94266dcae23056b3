"""A live lobby for the tests of allocators."""

from tests.lobby.live.conftest import lobby

__all__ = ["lobby"]
