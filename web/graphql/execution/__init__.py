"""Execution of GraphQL operations: documents and their limits, executors, event streams, and errors as callers see them."""
