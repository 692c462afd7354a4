"""
The pure core: values in, values out.

No clock, no environment, no files, no printing; arguments are never mutated. What it
must know of the world arrives as an argument.
"""
