package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-logr/logr"
	"github.com/hashicorp/consul-k8s/control-plane/api/common"
	"github.com/hashicorp/consul-k8s/control-plane/api/v1alpha1"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// A gate holds Consul's webhooks, by the path that each registers itself under, and the objects
// that were let in. It is also the manager, the server and the client that they ask for.
type gate struct {
	ctrl.Manager
	scheme *runtime.Scheme
	consul common.ConsulMeta
	hooks  map[string]*admission.Webhook
	store  *store
}

func newGate(scheme *runtime.Scheme, consul common.ConsulMeta) *gate {
	kept := &store{scheme: scheme, objects: map[schema.GroupVersionKind][]runtime.Object{}}
	g := &gate{scheme: scheme, consul: consul, hooks: map[string]*admission.Webhook{}, store: kept}
	log := logr.Discard()
	for _, hook := range []interface{ SetupWithManager(ctrl.Manager) }{
		&v1alpha1.ControlPlaneRequestLimitWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ExportedServicesWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.GatewayPolicyWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.IngressGatewayWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.JWTProviderWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.MeshWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.PeeringAcceptorWebhook{Client: kept, Logger: log},
		&v1alpha1.PeeringDialerWebhook{Client: kept, Logger: log},
		&v1alpha1.ProxyDefaultsWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.RegistrationWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.SamenessGroupWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ServiceDefaultsWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ServiceIntentionsWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ServiceResolverWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ServiceRouterWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.ServiceSplitterWebhook{Client: kept, Logger: log, ConsulMeta: consul},
		&v1alpha1.TerminatingGatewayWebhook{Client: kept, Logger: log, ConsulMeta: consul},
	} {
		hook.SetupWithManager(g)
	}
	return g
}

// GetScheme is asked for by the webhooks' set-up.
func (g *gate) GetScheme() *runtime.Scheme { return g.scheme }

// GetWebhookServer is asked for by the webhooks' set-up.
func (g *gate) GetWebhookServer() webhook.Server { return registry{hooks: g.hooks} }

// registry is a server that only takes down who registers, by kind.
type registry struct {
	webhook.Server
	hooks map[string]*admission.Webhook
}

func (r registry) Register(path string, hook http.Handler) {
	_, kind, _ := strings.Cut(path, "-")
	// Some are registered under their plural.
	r.hooks[strings.TrimSuffix(kind, "s")] = hook.(*admission.Webhook)
}

// ask has the webhook of a kind look at the creation of an object. A kind that has none is
// welcome, as it is in a cluster.
func (g *gate) ask(ctx context.Context, kind schema.GroupVersionKind, document []byte) error {
	hook, found := g.hooks[pathOf(kind)]
	if !found {
		return nil
	}
	request := admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Operation: admissionv1.Create,
		Object:    runtime.RawExtension{Raw: document},
	}}
	answer := hook.Handle(ctx, request)
	switch {
	case answer.Allowed:
		return nil
	case answer.Result == nil:
		return errors.New("refused without a word")
	}
	return errors.New(strings.TrimSpace(answer.Result.Message))
}

// keep adds an object that was let in to what the next ones are compared with.
func (g *gate) keep(object runtime.Object) error {
	kind := object.GetObjectKind().GroupVersionKind()
	name, err := nameOf(object)
	if err != nil {
		return err
	}
	for _, other := range g.store.objects[kind] {
		if taken, _ := nameOf(other); taken == name {
			return fmt.Errorf("%s %s is given twice", kind.Kind, name)
		}
	}
	if entry, is := object.(common.ConfigEntryResource); is {
		entry.DefaultNamespaceFields(g.consul)
	}
	g.store.objects[kind] = append(g.store.objects[kind], object)
	return nil
}

func nameOf(object runtime.Object) (string, error) {
	about, err := meta.Accessor(object)
	if err != nil {
		return "", err
	}
	return about.GetNamespace() + "/" + about.GetName(), nil
}

// A store is the part of a client that the webhooks use: the list of a kind in all namespaces.
type store struct {
	client.Client
	scheme  *runtime.Scheme
	objects map[schema.GroupVersionKind][]runtime.Object
}

// List fills a list with what is kept of its kind.
func (s *store) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	kinds, _, err := s.scheme.ObjectKinds(list)
	if err != nil {
		return err
	}
	kind := kinds[0]
	kind.Kind = strings.TrimSuffix(kind.Kind, "List")
	return meta.SetList(list, s.objects[kind])
}
