"""What a plan leaves to graphql-core."""

from __future__ import annotations


class Uncovered(Exception):
    """Something that plans don't cover: in a document when it is planned, or in values when it is run."""
