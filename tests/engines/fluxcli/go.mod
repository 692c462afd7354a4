module edgeops.dev/tests/engines/fluxcli

go 1.26.0

// Built as a main module of its own: see build.py.
require github.com/fluxcd/flux2/v2 v2.9.5
