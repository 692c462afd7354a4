import pytest

from edgeops.core.paths import ListKey, Path, render


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(("spec", "replicas"), "spec.replicas", id="fields"),
        pytest.param(
            ("metadata", "labels", "app.kubernetes.io/name"),
            'metadata.labels["app.kubernetes.io/name"]',
            id="quoted-key",
        ),
        pytest.param(("data", 'a"b'), 'data["a\\"b"]', id="quote-in-a-key"),
        pytest.param(
            ("spec", "containers", ListKey((("name", "web"),)), "image"),
            "spec.containers[name=web].image",
            id="keyed-element",
        ),
        pytest.param(
            ("spec", "ports", ListKey((("port", 80), ("protocol", "TCP"))), "nodePort"),
            "spec.ports[port=80,protocol=TCP].nodePort",
            id="two-keys",
        ),
        pytest.param(
            ("volumeMounts", ListKey((("mountPath", "/etc/nginx"),))),
            "volumeMounts[mountPath=/etc/nginx]",
            id="path-as-key",
        ),
        pytest.param(
            ("env", ListKey((("name", "a,b]"),))), 'env[name="a,b]"]', id="brackets-in-a-key"
        ),
        pytest.param(("failover", "*", "targets"), 'failover["*"].targets', id="star"),
    ],
)
def test_render(path: Path, text: str) -> None:
    assert render(path) == text
