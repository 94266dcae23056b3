"""Measures how easy the source is to follow: `python -m tools.file_count`.

It prints the number of files of each package with their median length, and the files that one `setReady` mutation and the
delivery of its event cross, found by tracing a running server.
"""
