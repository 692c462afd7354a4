"""`edgeops watch` as a process, for a long time, between a changing cluster and its faults."""
