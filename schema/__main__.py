"""Prints the schema as text: `python -m schema`."""

from schema.root import sdl

print(sdl())
