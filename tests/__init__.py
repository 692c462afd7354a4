"""Tests: tables for the pure core, a real API server for what Kubernetes decides."""
