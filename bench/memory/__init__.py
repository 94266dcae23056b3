"""How much memory followers take and give back, and what one that stops reading costs the others."""
