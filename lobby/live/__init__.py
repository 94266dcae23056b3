"""The parts that run between requests: hints, followers, presence, deadlines, allocations."""
