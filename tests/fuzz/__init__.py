"""
Input that nobody would write, made by hypothesis.

``HYPOTHESIS_PROFILE=long`` (``make fuzz``) searches for long; without it, for as long as CI has.
"""
