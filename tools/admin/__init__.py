"""The acts and lists of moderators in a shell: a client of a server that runs. See docs/moderation.md."""
