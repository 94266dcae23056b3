"""Allocators are tested within a lobby that lives."""

from tests.live.conftest import house

__all__ = ["house"]
