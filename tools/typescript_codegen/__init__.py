"""The generated part of the JavaScript client: `python -m tools.typescript_codegen` writes it from `client_queries/` and
the schema, as `tools.unity_codegen` does for C#.

The written files are committed, so that a web build needs no generator. A test fails if they are stale.
"""
