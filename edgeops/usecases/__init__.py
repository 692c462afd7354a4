"""The stories that edgeops tells, through ports: no adapter, no click, no formatting."""
