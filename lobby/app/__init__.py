"""The application: command handler, join service, query service, and the numbers that it counts."""
