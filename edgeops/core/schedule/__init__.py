"""What runs ``edgeops drift`` on a schedule: manifests, a workflow, units. Text and values only."""
