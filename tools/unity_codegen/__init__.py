"""The generated part of the Unity package: `python -m tools.unity_codegen` writes it from `client_queries/` and the schema.

The written files are committed, since Unity installs a package from git without running code. A test fails if they are stale.
"""
