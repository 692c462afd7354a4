"""
Where traffic goes: a model of the mesh over the built objects of all zones.

`edgeops.core.routes.prove` asks it; `docs/decisions/0011-the-model-of-the-mesh.md` names what
it knows and what it does not.
"""
