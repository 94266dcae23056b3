"""Real server processes, killed and started again."""
