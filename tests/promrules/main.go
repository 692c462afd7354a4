// Command promrules says what Prometheus itself makes of alerting rules: whether it loads them,
// and which alerts fire while given series are recorded.
//
// It does what `promtool test rules` does, with the same packages; promtool itself cannot be built
// without the libraries of every cloud that Prometheus can discover targets in. It reads one JSON
// question a line and answers each with one line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
)

const interval = time.Minute

// A question: a file of rules, and series in the notation of promtool's unit tests, which are
// recorded, one sample a minute, from the start on for so many minutes.
type question struct {
	File    string    `json:"file"`
	Load    string    `json:"load"`
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
}

type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// An answer: why the file does not load or a rule cannot be evaluated, and the alerts that fire
// in the end.
type answer struct {
	Errors []string `json:"errors"`
	Firing []alert  `json:"firing"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			fail(err)
		}
		if err := out.Encode(judge(asked)); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func judge(asked question) answer {
	read := parser.NewParser(parser.Options{})
	loader, err := promqltest.NewLazyLoader(
		asked.Load, promqltest.LazyLoaderOpts{StartTime: asked.Start, Parser: read},
	)
	if err != nil {
		return answer{Errors: []string{err.Error()}}
	}
	defer loader.Close()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(loader.QueryEngine(), loader.Storage()),
		AppendableV2: loader.Storage(),
		Context:      context.Background(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		Logger:       promslog.NewNopLogger(),
		Parser:       read,
	})
	groups, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, asked.File)
	said := answer{Errors: []string{}, Firing: []alert{}}
	for _, err := range errs {
		said.Errors = append(said.Errors, err.Error())
	}
	alerting := []*rules.AlertingRule{}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			if found, ok := rule.(*rules.AlertingRule); ok {
				found.SetRestored(true)
				alerting = append(alerting, found)
			}
		}
	}
	for minute := 0; minute <= asked.Minutes && len(said.Errors) == 0; minute++ {
		now := asked.Start.Add(time.Duration(minute) * interval)
		loader.WithSamplesTill(now, func(err error) {
			if err != nil {
				said.Errors = append(said.Errors, err.Error())
				return
			}
			for _, group := range groups {
				group.Eval(loader.Context(), now)
			}
		})
		for _, rule := range alerting {
			if err := rule.LastError(); err != nil {
				said.Errors = append(said.Errors, rule.Name()+": "+err.Error())
			}
		}
	}
	for _, rule := range alerting {
		for _, active := range rule.ActiveAlerts() {
			if active.State == rules.StateFiring {
				said.Firing = append(said.Firing, alert{
					Labels: active.Labels.Map(), Annotations: active.Annotations.Map(),
				})
			}
		}
	}
	return said
}
