"""
A real Kubernetes control plane for the tests: nothing here is shipped.

``build`` makes the binaries once, ``crds`` brings the custom resources, ``server`` runs API
servers, ``nodes`` gives them machines that do not exist, ``fixtures`` is what tests use.
"""
