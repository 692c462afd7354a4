"""Parts of ``edgeops.yaml``, ``spec.drift`` among them, and what every model of it is made of."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from edgeops.core.fleet.model import EngineKind

Label = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
Text = Annotated[str, Field(min_length=1)]
Day = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})
]


class Model(BaseModel):
    """A part of the file: unknown keys and values of another type are refused."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, populate_by_name=True
    )


class WaiverSpec(Model):
    """Drift that is known, with somebody who answers for it until a day."""

    cluster: Label | None = Field(default=None, description="Only there.")
    zone: Label | None = Field(default=None, description="Only there; region is the hub.")
    kind: Text = Field(description="Kind of the object, such as Deployment.")
    namespace: Text | None = None
    name: Text = Field(description="Name of the object.")
    path: Text | None = Field(
        default=None, description="A field as reports write it, all below it too. Default: all."
    )
    drift: Literal["Modified", "Missing", "Extraneous", "NotInForce"] | None = Field(
        default=None, description="Only this; default: whatever is wrong with the object."
    )
    owner: Text = Field(description="Who answers for it.")
    reason: Text
    expires: Day = Field(description="The last day, in UTC, on which it holds.")


class NotifySpec(Model):
    """Somebody who is told of drift by ``drift --notify``."""

    url: Text = Field(
        description="Where the address stands: env:NAME or file:/path. An address is a secret."
    )
    min_severity: Literal["critical", "high", "medium", "low"] = Field(
        default="low", description="Nothing that is less severe."
    )
    on: Annotated[list[Literal["new", "worse", "resolved"]], Field(min_length=1)] = Field(
        default=["new", "worse", "resolved"], description="What is told; default: all."
    )


class DriftSpec(Model):
    """What the drift check is told to leave alone, and whom it tells."""

    ignore: list[dict[str, Any]] = Field(default_factory=list)
    waivers: list[WaiverSpec] = Field(default_factory=list)
    notify: list[NotifySpec] = Field(default_factory=list)


class HandoverSpec(Model):
    """Under way from one sync engine to the other: ``edgeops init --engine`` writes it."""

    to: Annotated[EngineKind, Field(strict=False)] | None = Field(
        default=None, description="The engine that is about to take over; both rest."
    )
    origin: Annotated[EngineKind, Field(strict=False)] | None = Field(
        default=None,
        alias="from",
        description="The engine from which spec.engine has taken over; it rests.",
    )


class RuleOffSpec(Model):
    """A rule that does not count in this repository."""

    rule: Text = Field(description="Its id, as `edgeops validate --rules` lists it.")
    reason: Text


class ValidateSpec(Model):
    """What `edgeops validate` is told to leave alone."""

    off: list[RuleOffSpec] = Field(default_factory=list, description="Rules switched off.")
