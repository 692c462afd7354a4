"""Which zones a cluster may have: known, of its Region, of the right type, each once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from edgeops.core.fleet.model import HUB
from edgeops.core.zones import (
    ZoneCatalogue,
    ZoneType,
    is_region,
    recognise,
    region_prefix,
)

if TYPE_CHECKING:
    from edgeops.core.fleet.spec import ClusterSpec, ZoneSpec

Refuse = Callable[[str, str], None]
"""Takes the path and what is wrong there."""


def check_region(cluster: "ClusterSpec", path: str, refuse: Refuse) -> None:
    """The Region's name, and its Availability Zones."""
    if not is_region(cluster.region):
        refuse(f"{path}.region", f"'{cluster.region}' is no Region; one is called us-west-2")
        return
    for index, name in enumerate(cluster.availability_zones):
        where = f"{path}.availabilityZones[{index}]"
        form = recognise(name)
        if name in cluster.availability_zones[:index]:
            refuse(where, f"'{name}' is listed twice")
        elif form is None or form.type is not ZoneType.AVAILABILITY_ZONE:
            refuse(where, f"'{name}' is no Availability Zone; one is called {cluster.region}a")
        elif form.region != cluster.region:
            refuse(where, f"'{name}' belongs to {form.region}, the cluster to {cluster.region}")


def zone_types(
    cluster: "ClusterSpec",
    path: str,
    catalogue: ZoneCatalogue,
    refuse: Refuse,
    warn: Callable[[str], None],
) -> list[ZoneType]:
    """The type of each edge zone, in order; a zone that is refused counts as a Local Zone."""
    types: list[ZoneType] = []
    names: list[str] = []
    for index, zone in enumerate(cluster.zones):
        where = f"{path}.zones[{index}].name"
        if _is_shorthand(zone):
            where = f"{path}.zones[{index}]"
        if zone.name in names:
            refuse(where, f"'{zone.name}' is there twice in cluster '{cluster.name}'")
        names.append(zone.name)
        types.append(_zone_type(cluster, zone, where, catalogue, refuse, warn))
    return types


def _is_shorthand(zone: "ZoneSpec") -> bool:
    """Whether only a name was given, which is how the shorthand reads."""
    return zone.model_fields_set == {"name"}


def _zone_type(
    cluster: "ClusterSpec",
    zone: "ZoneSpec",
    where: str,
    catalogue: ZoneCatalogue,
    refuse: Refuse,
    warn: Callable[[str], None],
) -> ZoneType:
    name = zone.name
    given = None if zone.type is None else ZoneType(zone.type)
    if name == HUB:
        refuse(where, f"'{HUB}' is what edgeops calls the hub")
        return ZoneType.LOCAL_ZONE
    form = recognise(name)
    if form is not None and form.type is ZoneType.AVAILABILITY_ZONE:
        refuse(where, f"'{name}' is an Availability Zone: list it under availabilityZones")
        return ZoneType.LOCAL_ZONE
    known = catalogue.get(name)
    region = known.region if known else region_prefix(name)
    if region is not None and is_region(cluster.region) and region != cluster.region:
        refuse(where, f"'{name}' belongs to {region}, the cluster to {cluster.region}")
    elif known is None and given is None:
        refuse(where, _unknown(name, cluster.region, catalogue))
    elif known is None:
        warn(f"{where}: zone '{name}' is not in the catalogue; type {given} is taken as given")
    elif given is not None and given is not known.type:
        refuse(where, f"'{name}' is a {known.type}, not a {given}")
    elif known.confidence == "C":
        warn(
            f"{where}: zone '{name}' is in the catalogue by inference only; "
            "check it with: aws ec2 describe-availability-zones --all-availability-zones"
        )
    return known.type if known else given or ZoneType.LOCAL_ZONE


def _unknown(name: str, region: str, catalogue: ZoneCatalogue) -> str:
    nearest = catalogue.nearest(name, region=region)
    hint = f" (did you mean {' or '.join(nearest)}?)" if nearest else ""
    return (
        f"zone '{name}' is not known{hint}; "
        "if it is right, give its type: local-zone or wavelength-zone"
    )
