"""Runs that are killed, or that find no room, at a system call that writes."""
