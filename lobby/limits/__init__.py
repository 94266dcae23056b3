"""Limiters: rates of requests and commands, attempts in a minute, and how many of something at the same time."""
