"""
The fleet: what ``edgeops.yaml`` says, checked and complete.

`model` holds the values that everything else works with, `spec` the file format and the
way from its text to a `Fleet`.
"""
