"""How fast edgeops is, measured on a real API server beside its floor and its rivals."""
