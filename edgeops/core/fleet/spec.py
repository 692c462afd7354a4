"""
The format of ``edgeops.yaml``, and the way from its text to a `Fleet`.

This and `edgeops.core.fleet.drift_spec` are the one door to pydantic. The models say what a
file may look like; what its parts must be to each other is checked in
`edgeops.core.fleet.resolve`, and both are reported at once.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from edgeops.core import documents
from edgeops.core.fleet import faults, notify_rules
from edgeops.core.fleet.drift_spec import DriftSpec, HandoverSpec, Label, Model, Text, ValidateSpec
from edgeops.core.fleet.model import EngineKind, Expose, Fleet, Placement, ZoneState
from edgeops.core.fleet.resolve import Resolution, resolve
from edgeops.core.zones import ZoneCatalogue
from edgeops.errors import ConfigurationError, Problem

API_VERSION = "edgeops.dev/v1alpha1"
KIND = "EdgeFleet"

_SERVICE = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
_SUBDOMAIN = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
_TAINT = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$"
_QUANTITY = r"^[0-9]+(\.[0-9]+)?([numkKMGTPE]|[KMGTPE]i)?$"

ServiceName = Annotated[str, Field(pattern=_SERVICE, max_length=63)]
Quantity = Annotated[str, Field(pattern=_QUANTITY)]


class Metadata(Model):
    """What the fleet is called."""

    name: Label = Field(description="Name of the fleet: part of every engine object's name.")


class RepositorySpec(Model):
    """Where the engine fetches this repository from."""

    url: Text = Field(description="Address that the engine clones, without credentials.")
    branch: Text = "main"
    path: Text = Field(default=".", description="Directory of this file within the repository.")
    secret_ref: Annotated[str, Field(pattern=_SUBDOMAIN, max_length=253)] | None = Field(
        default=None, description="Name of the Secret with the engine's credentials (Flux)."
    )


class MeshSpec(Model):
    """Which service mesh the application runs in."""

    provider: Literal["consul", "none"] = "consul"
    edition: Literal["enterprise", "community"] | None = Field(
        default=None, description="Of Consul; enterprise has a namespace for each zone."
    )


class SecretKeySpec(Model):
    """One key of a Secret."""

    name: Annotated[str, Field(pattern=_SUBDOMAIN, max_length=253)]
    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", max_length=253)]


class SecretValue(Model):
    """A variable whose value stands in a Secret."""

    secret_key_ref: SecretKeySpec


class ResourcesSpec(Model):
    """Requests and limits of a container, as Kubernetes writes them."""

    requests: dict[str, Quantity] = Field(default_factory=dict)
    limits: dict[str, Quantity] = Field(default_factory=dict)


def _is_text(value: Any) -> str:
    return "secret" if isinstance(value, dict | SecretValue) else "text"


EnvValue = Annotated[
    Annotated[str, Tag("text")] | Annotated[SecretValue, Tag("secret")], Discriminator(_is_text)
]


class ServiceSpec(Model):
    """One service of your own application."""

    name: ServiceName
    image: Text
    port: Annotated[int, Field(ge=1, le=65535)] = Field(description="Port of the container.")
    service_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Port of the Service where it differs."
    )
    protocol: Literal["http", "http2", "grpc", "tcp"] = "http"
    placement: Annotated[Placement, Field(strict=False)] = Placement.EVERYWHERE
    upstreams: list[ServiceName] = Field(default_factory=list, description="Services it calls.")
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], EnvValue] = Field(
        default_factory=dict
    )
    replicas: Annotated[int, Field(ge=1)] | None = None
    resources: ResourcesSpec | None = None
    probe_path: Annotated[str, Field(pattern=r"^/")] | None = Field(
        default=None, description="HTTP path that answers 200 while the service itself is well."
    )
    front: bool = Field(default=False, description="Whether users come in here.")


class AnswerSpec(Model):
    """What the manifests do not tell of one service, or tell wrongly."""

    name: ServiceName = Field(description="Name of its Service, or of a workload without one.")
    protocol: Literal["http", "http2", "grpc", "tcp"] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Port of the Service that the mesh serves; default: its first."
    )
    placement: Annotated[Placement, Field(strict=False)] | None = None
    upstreams: list[ServiceName] | None = Field(
        default=None, description="Services it calls: these and no others."
    )
    front: bool | None = Field(default=None, description="Whether users come in here.")


class DirectorySpec(Model):
    """An application that is already a Kustomize base, or a directory of manifests."""

    base: Text = Field(description="Directory below the one of this file.")
    region_only: list[ServiceName] = Field(
        default_factory=list, description="Workloads or Services that edge zones do not have."
    )
    services: list[AnswerSpec] = Field(
        default_factory=list, description="What the manifests do not tell."
    )


def _app_form(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "services"
    return "directory" if isinstance(value, dict | DirectorySpec) else "builtin"


App = Annotated[
    Annotated[Literal["hashicups"], Tag("builtin")]
    | Annotated[Annotated[list[ServiceSpec], Field(min_length=1)], Tag("services")]
    | Annotated[DirectorySpec, Tag("directory")],
    Discriminator(_app_form),
]


class PlacementSpec(Model):
    """How edge nodes keep everybody else away."""

    taint: Annotated[str, Field(pattern=_TAINT, max_length=253)] = Field(
        default="edgeops.dev/edge", description="Key; edge nodes carry <taint>=<zone>:NoSchedule."
    )


class DestinationSpec(Model):
    """What Argo CD calls the cluster."""

    name: Text | None = None
    server: Annotated[str, Field(pattern=r"^https://")] | None = None


class ZoneSpec(Model):
    """One edge zone."""

    name: Label
    type: Annotated[Literal["local-zone", "wavelength-zone"], Field()] | None = Field(
        default=None, description="Needed for a zone that the catalogue does not know."
    )
    replicas: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Of each Deployment in this zone."
    )
    ingress_subnets: list[Text] = Field(
        default_factory=list, description="The zone's subnets for its ALB, by id or Name tag."
    )
    expose: Annotated[Expose, Field(strict=False)] | None = None
    node_port: Annotated[int, Field(ge=30000, le=32767)] | None = Field(
        default=None, description="With expose nodePort: a port of its own in the cluster."
    )
    state: Annotated[ZoneState, Field(strict=False)] = Field(
        default=ZoneState.ACTIVE, description="leaving: `edgeops zone remove` has begun."
    )


def _shorthand(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


class ClusterSpec(Model):
    """One EKS cluster: a Region as the hub and edge zones as spokes."""

    name: Label
    context: Text | None = Field(default=None, description="Kubeconfig context to read.")
    engine_context: Text | None = Field(
        default=None, description="Context of the cluster where the engine's objects live."
    )
    destination: DestinationSpec = DestinationSpec()
    region: Text
    availability_zones: Annotated[list[Label], Field(min_length=1)]
    ingress_subnets: list[Text] = Field(
        default_factory=list,
        description="The Region's subnets for its ALB; needed where the controller would find "
        "subnets of edge zones too.",
    )
    zones: list[
        Annotated[ZoneSpec, BeforeValidator(_shorthand, json_schema_input_type=Label | ZoneSpec)]
    ] = Field(default_factory=list)


class FleetSpec(Model):
    """The fleet."""

    repository: RepositorySpec
    engine: Annotated[EngineKind, Field(strict=False)] = EngineKind.ARGOCD
    handover: HandoverSpec | None = None
    mesh: MeshSpec = MeshSpec()
    namespace_prefix: Label = "demo-app"
    app: App = "hashicups"
    placement: PlacementSpec = PlacementSpec()
    storage_class: Annotated[str, Field(pattern=_SUBDOMAIN, max_length=253)] = "gp2"
    expose: Annotated[Expose, Field(strict=False)] = Expose.NONE
    clusters: Annotated[list[ClusterSpec], Field(min_length=1)]
    drift: DriftSpec = DriftSpec()
    validation: ValidateSpec = Field(default=ValidateSpec(), alias="validate")


class FleetDocument(Model):
    """The whole file."""

    api_version: Literal["edgeops.dev/v1alpha1"]
    kind: Literal["EdgeFleet"]
    metadata: Metadata
    spec: FleetSpec


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``edgeops.yaml``, for editors."""
    schema = FleetDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def parse_fleet(
    text: str, *, source: str = "edgeops.yaml", catalogue: ZoneCatalogue
) -> tuple[Fleet, tuple[str, ...]]:
    """
    The fleet that *text* describes, every default filled in, and warnings for a person.

    *source* is the file's name as the user knows it, *catalogue* has the zones that are known.

    Raises:
        ConfigurationError: with every problem of the file, each with its path and line.
    """
    if (large := faults.too_large(text)) is not None:
        raise ConfigurationError(source, [large])
    try:
        data = documents.load(text)
        lines = documents.lines_of(text)
        repeated = documents.duplicate_key(text)
    except documents.DocumentError as error:
        raise ConfigurationError(
            source, [Problem(path="", message=str(error), line=error.line)]
        ) from error
    problems = [] if repeated is None else [faults.duplicate(*repeated)]
    if not isinstance(data, Mapping):
        problem = Problem(path="", message=f"must be a mapping with kind: {KIND}", line=1)
        raise ConfigurationError(source, [problem])
    data = notify_rules.with_on(data)
    document, details = _validated(dict(data))
    problems += [detail.problem for detail in details]
    resolution = Resolution() if document is None else resolve(document, data, catalogue)
    problems += faults.where_indices_hold(resolution.problems, details)
    if problems or resolution.fleet is None:
        raise ConfigurationError(source, faults.placed(problems, lines))
    return resolution.fleet, tuple(resolution.warnings)


def _validated(data: dict[str, Any]) -> tuple[FleetDocument | None, list[faults.Detail]]:
    """The models' verdict; where parts are wrong, what is left of the file without them."""
    first: list[faults.Detail] = []
    left: Any = data
    while True:
        try:
            return FleetDocument.model_validate(left), first
        except ValidationError as error:
            details = [faults.Detail.of(item, left) for item in error.errors(include_url=False)]
        first = first or details
        left = faults.without(left, details)
        if left is None:
            return None, first
