"""Consul's own chain compiler, intentions and filters, asked without a Consul."""
