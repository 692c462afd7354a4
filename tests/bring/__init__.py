"""Applications that somebody has written already, as bases of a fleet."""
