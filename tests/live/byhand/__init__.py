"""
A table of changes by hand: each made with kubectl, in a namespace of its own, and looked for.

``app`` is what git has in every namespace, ``case`` what a line of the table says, the other
pages are the lines, and ``ground`` makes them happen on an API server.
"""
