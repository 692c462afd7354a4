"""Repositories and manifests that somebody made to harm who reads them."""
