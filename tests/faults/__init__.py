"""Faults of clusters, injected between edgeops and a real API server."""
