"""What is in the log, and how the contract shows it."""
