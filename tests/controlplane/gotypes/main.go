// Command gotypes tells of Kubernetes' built-in types what their OpenAPI document does not: in
// which fields the zero value is the same as absence, and which values the API server's own
// defaulting functions fill in.
//
// It prints a JSON object: OpenAPI model name, then JSON field name, then Field.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apimachinery/pkg/runtime"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/certificates/install"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	_ "k8s.io/kubernetes/pkg/apis/flowcontrol/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
)

// A Field is what is told of one field of one type.
type Field struct {
	// Zero: the Go field is no pointer, so nobody can tell false, 0 or "" from absence.
	Zero bool `json:"zero,omitempty"`
	// Defaults are the values that the defaulting functions gave it where it was absent.
	Defaults []any `json:"defaults,omitempty"`
}

// Types are the fields of all types.
type Types map[string]map[string]*Field

func main() {
	scheme := legacyscheme.Scheme
	apiextensions.Install(scheme)
	apiregistration.Install(scheme)
	types := Types{}
	for kind, goType := range scheme.AllKnownTypes() {
		if kind.Version == runtime.APIVersionInternal {
			continue
		}
		types.describe(goType, map[reflect.Type]bool{})
		// With optional structs filled in, what is defaulted inside them is seen; without them,
		// whether they are made at all.
		for _, deep := range []bool{true, false} {
			types.watchDefaulting(scheme, goType, deep)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(types); err != nil {
		fmt.Fprintln(os.Stderr, "gotypes:", err)
		os.Exit(1)
	}
}

// describe takes down which fields of a type, and of the types in it, are no pointers.
func (types Types) describe(goType reflect.Type, seen map[reflect.Type]bool) {
	switch goType.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		types.describe(goType.Elem(), seen)
		return
	case reflect.Struct:
	default:
		return
	}
	if seen[goType] {
		return
	}
	seen[goType] = true
	model := modelName(goType)
	for _, field := range fieldsOf(goType) {
		if isScalar(field.Type.Kind()) {
			types.field(model, field.name).Zero = true
		}
		types.describe(field.Type, seen)
	}
}

// watchDefaulting has an almost empty object defaulted and takes down what became of it.
func (types Types) watchDefaulting(scheme *runtime.Scheme, goType reflect.Type, deep bool) {
	defer func() {
		if why := recover(); why != nil {
			fmt.Fprintf(os.Stderr, "gotypes: %s: defaulting panics: %v\n", goType, why)
		}
	}()
	pointer := reflect.New(goType)
	fill(pointer.Elem(), deep, 0)
	object, is := pointer.Interface().(runtime.Object)
	if !is {
		return
	}
	before := object.DeepCopyObject()
	scheme.Default(object)
	types.compare(reflect.ValueOf(before).Elem(), pointer.Elem())
}

const deepest = 14 // JSONSchemaProps contains itself.

// fill gives every slice of structs one element and, if deep, every pointer to a struct a struct.
func fill(value reflect.Value, deep bool, depth int) {
	if depth > deepest {
		return
	}
	switch value.Kind() {
	case reflect.Struct:
		if isLeaf(value.Type()) {
			return
		}
		for _, field := range fieldsOf(value.Type()) {
			fill(value.FieldByIndex(field.Index), deep, depth+1)
		}
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Struct {
			value.Set(reflect.MakeSlice(value.Type(), 1, 1))
			fill(value.Index(0), deep, depth+1)
		}
	case reflect.Pointer:
		elem := value.Type().Elem()
		if deep && elem.Kind() == reflect.Struct && !isLeaf(elem) {
			value.Set(reflect.New(elem))
			fill(value.Elem(), deep, depth+1)
		}
	}
}

// compare walks two values of a type and takes down which fields only the second one has.
func (types Types) compare(before, after reflect.Value) {
	switch after.Kind() {
	case reflect.Struct:
		if isLeaf(after.Type()) {
			return
		}
		model := modelName(after.Type())
		for _, field := range fieldsOf(after.Type()) {
			old, now := before.FieldByIndex(field.Index), after.FieldByIndex(field.Index)
			if !isEmpty(old) || isEmpty(now) {
				types.compare(old, now)
				continue
			}
			if elem := reflect.Indirect(now); elem.Kind() == reflect.Struct && !isLeaf(elem.Type()) {
				empty := reflect.New(elem.Type()).Elem()
				if !reflect.DeepEqual(empty.Interface(), elem.Interface()) {
					types.compare(empty, elem)
					continue
				}
			}
			types.field(model, field.name).add(now.Interface())
		}
	case reflect.Slice:
		for i := 0; i < after.Len() && i < before.Len(); i++ {
			types.compare(before.Index(i), after.Index(i))
		}
	case reflect.Pointer:
		if !before.IsNil() && !after.IsNil() {
			types.compare(before.Elem(), after.Elem())
		}
	}
}

func (types Types) field(model, name string) *Field {
	if types[model] == nil {
		types[model] = map[string]*Field{}
	}
	if types[model][name] == nil {
		types[model][name] = &Field{}
	}
	return types[model][name]
}

func (field *Field) add(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		return
	}
	for _, known := range field.Defaults {
		if same, _ := json.Marshal(known); string(same) == string(text) {
			return
		}
	}
	field.Defaults = append(field.Defaults, json.RawMessage(text))
}

type named struct {
	reflect.StructField
	name string
}

// fieldsOf lists a struct's fields as JSON sees them, those of inlined structs among them.
func fieldsOf(goType reflect.Type) []named {
	var found []named
	for _, field := range reflect.VisibleFields(goType) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		inline := field.Anonymous && name == "" || strings.Contains(options, "inline")
		through := false
		for i := 1; i < len(field.Index); i++ {
			through = through || goType.FieldByIndex(field.Index[:i]).Type.Kind() == reflect.Pointer
		}
		if field.IsExported() && !inline && name != "" && name != "-" && !through {
			found = append(found, named{field, name})
		}
	}
	return found
}

func isScalar(kind reflect.Kind) bool {
	return kind == reflect.String || kind >= reflect.Bool && kind <= reflect.Float64
}

// isEmpty tells whether JSON would leave a value out, as far as that is the same as absence.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Slice, reflect.Map:
		return value.Len() == 0
	case reflect.Struct:
		return isLeaf(value.Type()) && value.IsZero()
	}
	return value.IsZero()
}

// isLeaf tells of structs that are one value in JSON, such as quantities and times.
func isLeaf(goType reflect.Type) bool {
	marshaler := reflect.TypeFor[json.Marshaler]()
	return goType.Implements(marshaler) || reflect.PointerTo(goType).Implements(marshaler)
}

func modelName(goType reflect.Type) string {
	if told, is := reflect.New(goType).Interface().(interface{ OpenAPIModelName() string }); is {
		return told.OpenAPIModelName()
	}
	return strings.ReplaceAll(goType.PkgPath()+"."+goType.Name(), "/", ".")
}
