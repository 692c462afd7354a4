// Consul's own chain compiler, intentions and filters, asked about config entries.
//
// One JSON question a line on stdin, one JSON answer a line on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/hashicorp/consul/agent/configentry"
	"github.com/hashicorp/consul/agent/connect"
	"github.com/hashicorp/consul/agent/consul/discoverychain"
	"github.com/hashicorp/consul/agent/structs"
	"github.com/hashicorp/go-bexpr"
)

type question struct {
	Entries     []map[string]interface{}
	Service     string
	Source      string
	Filter      string
	Tags        []string
	Meta        map[string]string
	Destination string
}

type target struct {
	Service, Subset, Datacenter, Peer string
}

type answer struct {
	Refused  []int
	Error    string
	Protocol string
	Leaves   [][]target
	Allowed  bool
	Holds    bool
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := out.Encode(asked(q)); err != nil {
			os.Exit(2)
		}
	}
}

func asked(q question) answer {
	a := answer{Refused: []int{}, Leaves: [][]target{}}
	if q.Filter != "" {
		instance := structs.CheckServiceNode{Service: &structs.NodeService{
			Service: q.Service, Tags: q.Tags, Meta: q.Meta,
		}}
		filter, err := bexpr.CreateFilter(q.Filter, nil, structs.CheckServiceNodes{})
		if err != nil {
			a.Error = err.Error()
			return a
		}
		kept, err := filter.Execute(structs.CheckServiceNodes{instance})
		if err != nil {
			a.Error = err.Error()
			return a
		}
		a.Holds = len(kept.(structs.CheckServiceNodes)) == 1
		return a
	}
	set := configentry.NewDiscoveryChainSet()
	var intentions structs.Intentions
	for index, raw := range q.Entries {
		entry, err := structs.DecodeConfigEntry(raw)
		if err == nil {
			err = entry.Normalize()
		}
		if err == nil {
			err = entry.Validate()
		}
		if err != nil {
			a.Refused = append(a.Refused, index)
			continue
		}
		if found, ok := entry.(*structs.ServiceIntentionsConfigEntry); ok {
			intentions = append(intentions, found.ToIntentions()...)
			continue
		}
		set.AddEntries(entry)
	}
	if q.Destination != "" {
		a.Allowed = allowed(intentions, q.Source, q.Destination)
		return a
	}
	chain, err := discoverychain.Compile(discoverychain.CompileRequest{
		ServiceName:           q.Service,
		EvaluateInNamespace:   "default",
		EvaluateInPartition:   "default",
		EvaluateInDatacenter:  "here",
		EvaluateInTrustDomain: "edgeops.consul",
		Entries:               set,
	})
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Protocol = chain.Protocol
	a.walk(chain, chain.StartNode)
	return a
}

func allowed(intentions structs.Intentions, source, destination string) bool {
	var found structs.Intentions
	for _, one := range intentions {
		_, byDestination := connect.AuthorizeIntentionTarget(
			destination, "default", "default", "", one, structs.IntentionMatchDestination)
		_, bySource := connect.AuthorizeIntentionTarget(
			source, "default", "default", "", one, structs.IntentionMatchSource)
		if byDestination && bySource {
			found = append(found, one)
		}
	}
	sort.Sort(structs.IntentionPrecedenceSorter(found))
	return len(found) > 0 && found[0].Action == structs.IntentionActionAllow
}

func (a *answer) walk(chain *structs.CompiledDiscoveryChain, name string) {
	node := chain.Nodes[name]
	switch node.Type {
	case structs.DiscoveryGraphNodeTypeRouter:
		for _, route := range node.Routes {
			a.walk(chain, route.NextNode)
		}
	case structs.DiscoveryGraphNodeTypeSplitter:
		for _, split := range node.Splits {
			if split.Weight > 0 {
				a.walk(chain, split.NextNode)
			}
		}
	default:
		leaf := []target{of(chain, node.Resolver.Target)}
		if node.Resolver.Failover != nil {
			for _, id := range node.Resolver.Failover.Targets {
				leaf = append(leaf, of(chain, id))
			}
		}
		a.Leaves = append(a.Leaves, leaf)
	}
}

func of(chain *structs.CompiledDiscoveryChain, id string) target {
	found := chain.Targets[id]
	datacenter := found.Datacenter
	if datacenter == "here" {
		datacenter = ""
	}
	return target{found.Service, found.ServiceSubset, datacenter, found.Peer}
}
