"""Secrets planted wherever edgeops reads one, and looked for in everything that it writes."""
