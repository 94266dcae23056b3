"""What runs between requests: hints, followers, presence, deadlines."""
