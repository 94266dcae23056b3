"""The store of one process: all live state is in memory, and an engine makes commits durable."""
