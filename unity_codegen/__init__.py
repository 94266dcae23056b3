"""The generated part of the Unity package: `python -m unity_codegen` writes it anew, from `client_queries/` and the schema.

What it writes is committed, since Unity installs a package from git as it stands there; a test holds that it is current.
"""
