import pytest

from edgeops.adapters.package_data import text, zone_catalogue
from edgeops.core.zones import (
    ZoneCatalogue,
    ZoneName,
    ZoneType,
    is_region,
    recognise,
    region_prefix,
)

AZ, LZ, WLZ = ZoneType.AVAILABILITY_ZONE, ZoneType.LOCAL_ZONE, ZoneType.WAVELENGTH_ZONE


@pytest.mark.parametrize(
    ("name", "zone_type", "region"),
    [
        ("us-west-2a", AZ, "us-west-2"),
        ("us-gov-east-1b", AZ, "us-gov-east-1"),
        ("us-isob-east-1a", AZ, "us-isob-east-1"),
        ("us-west-2-lax-1a", LZ, "us-west-2"),
        ("ap-southeast-2-per-1a", LZ, "ap-southeast-2"),
        ("us-east-1-wl1-bos-wlz-1", WLZ, "us-east-1"),
    ],
)
def test_a_name_tells_type_and_region(name: str, zone_type: ZoneType, region: str) -> None:
    assert recognise(name) == ZoneName(type=zone_type, region=region)


@pytest.mark.parametrize(
    "name", ["", "us-west-2", "us-west-2-LAX-1a", "us-west-2-lax-1a\n", "eu-west-3-wl1-cmn1", "lax"]
)
def test_other_forms_tell_nothing(name: str) -> None:
    assert recognise(name) is None


@pytest.mark.parametrize(
    ("name", "region"),
    [
        ("eu-west-3-wl1-cmn1", "eu-west-3"),
        ("us-west-2a", "us-west-2"),
        ("us-west", None),
        ("my-own-zone", None),
    ],
)
def test_the_region_that_a_name_starts_with(name: str, region: str | None) -> None:
    assert region_prefix(name) == region


@pytest.mark.parametrize(
    ("name", "expected"), [("us-west-2", True), ("us-west-2a", False), ("west", False)]
)
def test_names_of_regions(name: str, expected: bool) -> None:
    assert is_region(name) is expected


def test_every_row_of_the_catalogue_agrees_with_its_name() -> None:
    catalogue = zone_catalogue()
    assert len(catalogue.zones) == len(text("zones.tsv").splitlines()) - 1 > 80
    for zone in catalogue.zones.values():
        form = recognise(zone.name)
        assert form is None or form == ZoneName(type=zone.type, region=zone.region), zone
        assert region_prefix(zone.name) == zone.region
        assert zone.confidence in {"A", "B", "C"}
        assert zone.type in {LZ, WLZ}


@pytest.mark.parametrize(
    ("typo", "region", "first"),
    [
        ("us-west-2-lax-1c", "us-west-2", "us-west-2-lax-1b"),
        ("us-west-2-wl1-las-wlz1", "us-west-2", "us-west-2-wl1-las-wlz-1"),
        ("us-est-1-bos-1a", None, "us-east-1-bos-1a"),
    ],
)
def test_the_nearest_names_for_a_typo(typo: str, region: str | None, first: str) -> None:
    assert zone_catalogue().nearest(typo, region=region)[0] == first


def test_nothing_is_near_to_nonsense() -> None:
    assert zone_catalogue().nearest("zzz") == ()


@pytest.mark.parametrize(
    "table",
    ["zone_name\tzone_type\tparent_region\n\tlocal-zone\tx\n", "zone_name\tzone_type\na\tb\n"],
)
def test_a_broken_table_is_refused(table: str) -> None:
    with pytest.raises(ValueError):
        ZoneCatalogue.parse(table)
