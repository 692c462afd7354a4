"""
AWS zones: their types, what their names say, and the catalogue that the package carries.

A name says which Region a zone belongs to, never which Availability Zone is its parent: the
letters of Availability Zones differ from account to account.
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-zones.html
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class ZoneType(StrEnum):
    """What a zone is to AWS; `REGION` stands for a cluster's hub, all its zones together."""

    REGION = "region"
    AVAILABILITY_ZONE = "availability-zone"
    LOCAL_ZONE = "local-zone"
    WAVELENGTH_ZONE = "wavelength-zone"


EDGE_TYPES = (ZoneType.LOCAL_ZONE, ZoneType.WAVELENGTH_ZONE)
"""The types that an edge zone can have."""

_REGION = r"(?P<region>[a-z]{2}(?:-gov|-iso[a-z]*)?-[a-z]+-\d+)"
_PATTERNS = (
    (ZoneType.AVAILABILITY_ZONE, re.compile(_REGION + r"[a-z]\Z")),
    (ZoneType.LOCAL_ZONE, re.compile(_REGION + r"-[a-z]{3}-\d+[a-z]\Z")),
    (ZoneType.WAVELENGTH_ZONE, re.compile(_REGION + r"-wl\d+-[a-z]{3}-wlz-\d+\Z")),
)
_REGION_NAME = re.compile(_REGION + r"\Z")
_REGION_HEAD = re.compile(_REGION + r"(?=-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneName:
    """What the form of a name tells."""

    type: ZoneType
    region: str


def recognise(name: str) -> ZoneName | None:
    """
    The type and parent Region that *name* has the form of; None for any other form.

    None does not mean "no zone": dedicated Local Zones and newer Wavelength Zones have names
    that no published rule covers.
    """
    for zone_type, pattern in _PATTERNS:
        if match := pattern.match(name):
            return ZoneName(type=zone_type, region=match["region"])
    return None


def is_region(name: str) -> bool:
    """Whether *name* has the form of a Region's name, such as ``us-west-2``."""
    return bool(_REGION_NAME.match(name))


def region_prefix(name: str) -> str | None:
    """The Region with whose name a zone's *name* starts; None if it starts with none."""
    if recognised := recognise(name):
        return recognised.region
    match = _REGION_HEAD.match(name)
    return match["region"] if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueZone:
    """One row of the catalogue."""

    name: str
    type: ZoneType
    zone_id: str
    group: str
    border_group: str
    region: str
    metro: str
    country: str
    carrier: str
    confidence: str
    """A: seen in EC2's API; B: named in AWS's documentation; C: only its border group was seen."""


@dataclass(frozen=True, slots=True)
class ZoneCatalogue:
    """The edge zones that are known, by name."""

    zones: Mapping[str, CatalogueZone]

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the catalogue's table: a line of column names, then one zone a line, tabs between.

        Raises:
            ValueError: if a row has no name, or a type that `ZoneType` does not have.
        """
        header, *rows = (line.split("\t") for line in text.splitlines() if line.strip())
        zones = (_zone(dict(zip(header, row, strict=False))) for row in rows)
        return cls({zone.name: zone for zone in zones})

    def get(self, name: str) -> CatalogueZone | None:
        """The zone called *name*; None if the catalogue does not have it."""
        return self.zones.get(name)

    def nearest(self, name: str, *, region: str | None = None, count: int = 3) -> tuple[str, ...]:
        """
        Up to *count* known names that look like *name*, best first.

        Those of *region*, where it is given and has any that come near, else of every Region.
        """
        own = [zone.name for zone in self.zones.values() if zone.region == region]
        for names in (own, list(self.zones)):
            if close := difflib.get_close_matches(name, names, n=count, cutoff=0.75):
                return tuple(close)
        return ()


def _zone(row: Mapping[str, str]) -> CatalogueZone:
    name = row.get("zone_name", "").strip()
    if not name:
        raise ValueError("a row of the zone catalogue has no zone_name")
    return CatalogueZone(
        name=name,
        type=ZoneType(row["zone_type"]),
        zone_id=row.get("zone_id", ""),
        group=row.get("zone_group", ""),
        border_group=row.get("network_border_group", ""),
        region=row["parent_region"],
        metro=row.get("metro", ""),
        country=row.get("country", ""),
        carrier=row.get("carrier", ""),
        confidence=row.get("confidence", ""),
    )
