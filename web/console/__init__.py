"""The operators' console: the page at `/console` and its files."""
