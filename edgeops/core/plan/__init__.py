"""The repository of a fleet, planned: `repository` puts it together from the other modules."""
