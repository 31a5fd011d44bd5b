"""What we are measured against: the least that does the same, and the other ways to do it."""
