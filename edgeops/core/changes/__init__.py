"""
What a change of the repository does to the objects in the clusters, before anything is applied.

`classify` says it of one object; `prune` of those that git no longer has; `clashes` finds objects
that another one is in the way of. `edgeops.usecases.plan` puts them together, zone by zone.
"""
