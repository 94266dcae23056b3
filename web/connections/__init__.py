"""Connections below HTTP: limits, slow clients, closing, and the protocols of uvicorn."""
