"""The server's settings by subject, read from the environment and from a .env file."""
