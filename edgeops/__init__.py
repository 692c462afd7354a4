"""
Bootstrap and drift detection for applications that run in AWS edge zones.

Two rivers run through the package: ``init`` turns one ``edgeops.yaml`` into a
Kustomize repository, ``drift`` compares that repository with live clusters.
``docs/architecture.md`` draws the rooms and says what each may not do.
"""

__version__ = "0.1.0"
