// Package version stands in for Consul's own module of this name, which is not published.
package version

import "fmt"

// GetHumanVersion is what Consul prints as its version; nothing here prints it.
func GetHumanVersion() string { return "edgeops-test" }

// IsFIPS tells whether the build is a FIPS build.
func IsFIPS() bool { return false }

// NewVersion is what some commands of Consul keep their version in.
func NewVersion() fmt.Stringer { return human{} }

type human struct{}

func (human) String() string { return GetHumanVersion() }
