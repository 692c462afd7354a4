"""edgeops against the real API server."""
