// Command consulvalidate says what Consul's own admission webhooks would say to a cluster's
// custom resources.
//
// Consul's CRDs require next to nothing, so an API server accepts almost any of them; the real
// rules are in the webhooks of Consul's control plane. This runs those, from their Go module,
// as the creation of one object after the other in an empty cluster: beyond each object's own
// rules that tells of two objects that would be one and the same config entry in Consul.
//
// It reads a JSON list of Kubernetes objects on stdin, takes no notice of other groups', prints
// a JSON object a line for each of Consul's, and exits 1 when one is refused, 2 when it could
// not be told.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/consul-k8s/control-plane/api/common"
	"github.com/hashicorp/consul-k8s/control-plane/api/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	strictjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// A Result is one line of the output.
type Result struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Allowed   bool   `json:"allowed"`
	Message   string `json:"message,omitempty"`
}

func main() {
	enterprise := flag.Bool("enterprise", false, "Consul Enterprise: namespaces, mirrored from Kubernetes")
	flag.Parse()
	allowed, err := run(os.Stdin, os.Stdout, consulMeta(*enterprise))
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "consulvalidate:", err)
		os.Exit(2)
	case !allowed:
		os.Exit(1)
	}
}

// consulMeta is what the chart's values say: with namespaces, they mirror those of Kubernetes
// without a prefix; without them, everything lies in one flat name space.
func consulMeta(enterprise bool) common.ConsulMeta {
	if !enterprise {
		return common.ConsulMeta{}
	}
	return common.ConsulMeta{
		PartitionsEnabled:    true,
		Partition:            common.DefaultConsulPartition,
		NamespacesEnabled:    true,
		DestinationNamespace: common.DefaultConsulNamespace,
		Mirroring:            true,
	}
}

func run(in io.Reader, out io.Writer, consul common.ConsulMeta) (bool, error) {
	var documents []json.RawMessage
	if err := json.NewDecoder(in).Decode(&documents); err != nil {
		return false, fmt.Errorf("stdin is not a JSON list: %w", err)
	}
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return false, err
	}
	gate := newGate(scheme, consul)
	lines := json.NewEncoder(out)
	allowed := true
	for _, document := range documents {
		var about metav1.PartialObjectMetadata
		if err := json.Unmarshal(document, &about); err != nil {
			return false, fmt.Errorf("not a Kubernetes object: %w", err)
		}
		kind := about.GroupVersionKind()
		if kind.Group != v1alpha1.ConsulHashicorpGroup {
			continue
		}
		result := Result{Kind: kind.Kind, Namespace: about.Namespace, Name: about.Name, Allowed: true}
		if err := admit(gate, scheme, kind, document); err != nil {
			result.Allowed, result.Message, allowed = false, err.Error(), false
		}
		if err := lines.Encode(result); err != nil {
			return false, err
		}
	}
	return allowed, nil
}

// admit decodes strictly, as `--validate=strict` would, and asks the webhook of the kind.
func admit(gate *gate, scheme *runtime.Scheme, kind schema.GroupVersionKind, document []byte) error {
	decoder := strictjson.NewSerializerWithOptions(
		strictjson.DefaultMetaFactory, scheme, scheme, strictjson.SerializerOptions{Strict: true})
	object, _, err := decoder.Decode(bytes.TrimSpace(document), nil, nil)
	if err != nil {
		return err
	}
	if err := gate.ask(context.Background(), kind, document); err != nil {
		return err
	}
	return gate.keep(object)
}

// pathOf is where a kind's webhook is registered, less its verb and its plural.
func pathOf(kind schema.GroupVersionKind) string {
	return fmt.Sprintf("%s-%s", kind.Version, strings.TrimSuffix(strings.ToLower(kind.Kind), "s"))
}
