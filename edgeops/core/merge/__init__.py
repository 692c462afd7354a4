"""
Three texts of one file made one: last generated, now generated, and the user's.

Nothing is lost and nothing is made up: what only one side changed is in the result, and what
both changed differently is a `Conflict`. Where the template did not change, the result is the
user's text, byte for byte.
"""
