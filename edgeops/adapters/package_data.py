"""The files that the package carries, read from wherever it is installed."""

from functools import cache
from importlib import resources

from edgeops.core.zones import ZoneCatalogue


def text(name: str) -> str:
    """
    The text of the data file *name*.

    Raises:
        FileNotFoundError: if the package has no such file.
    """
    return (resources.files("edgeops") / "data" / name).read_text(encoding="utf-8")


def schemas() -> bytes:
    """The built-in schemas of Kubernetes kinds, as ``edgeops.core.schemas`` reads them."""
    return (resources.files("edgeops") / "data" / "schemas.json").read_bytes()


@cache
def zone_catalogue() -> ZoneCatalogue:
    """The zone catalogue of the package."""
    return ZoneCatalogue.parse(text("zones.tsv"))
