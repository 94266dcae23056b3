"""What operators and game servers ask of a server."""
