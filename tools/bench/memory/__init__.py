"""Measures the memory that followers take and free, and the delay that a follower causes which stops reading."""
