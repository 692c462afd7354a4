"""Consul's own admission webhooks, asked about objects without a cluster or a Consul."""
