"""
An application that somebody has written already: what its built manifests tell.

`derive` reads services, their protocols, their callers and their places from the objects;
what the objects do not tell is asked for by name, all of it at once.
"""

from edgeops.core.bring.derivation import Derivation
from edgeops.core.bring.derive import derive
from edgeops.core.bring.listing import FOUND, listing

__all__ = ["FOUND", "Derivation", "derive", "listing"]
