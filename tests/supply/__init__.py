"""What edgeops is made of, and what is made of it."""
