"""What the players sent, got and saw."""
