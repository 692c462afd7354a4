"""
Laws of drift on the real API server: manifests and changes are drawn, the server decides.

``manifests`` draws what git has, ``mutations`` what somebody does to it, ``world`` applies,
patches and judges.
"""
