"""
What a watcher found, over HTTP: metrics, health, the report, its changes, and a page.

Starlette and uvicorn; this package is the one door to both. Nothing can be written through it.
"""

from edgeops.adapters.web.access import Access, Address, parse_address, read_secret
from edgeops.adapters.web.limits import Limits
from edgeops.adapters.web.server import WebServer, serve

__all__ = ["Access", "Address", "Limits", "WebServer", "parse_address", "read_secret", "serve"]
