"""Rules of the engines' own objects."""

from typing import Final

from edgeops.core.lint.model import Rule, Severity

RULES: Final = (
    Rule(
        id="two-engines",
        title="Both engines apply one overlay",
        reason="Each takes the other's objects for its own, and prunes.",
        mend="Suspend or remove one of them.",
        link="https://fluxcd.io/flux/faq/",
    ),
    Rule(
        id="overlay-not-applied",
        title="No engine object applies an overlay",
        reason="What is committed there never reaches the cluster.",
        mend="Run 'edgeops init', or add it to the engine's folder.",
        link=(
            "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/"
        ),
    ),
    Rule(
        id="engine-other-source",
        title="An engine follows another repository or branch",
        reason="Commits to the branch of edgeops.yaml do not take effect.",
        mend="Make both say the same.",
        link="https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/",
    ),
    Rule(
        id="allow-empty",
        title="An empty folder may delete everything",
        reason="One bad commit that renders nothing prunes all objects.",
        mend="Set allowEmpty: false.",
        link=(
            "https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-pruning-with-allow-empty-v18"
        ),
    ),
    Rule(
        id="set-deletes",
        title="An ApplicationSet may delete what runs",
        reason=(
            "Applications go when the set goes, or when git for a moment does not answer, and "
            "what they made goes with them."
        ),
        mend="Set applicationsSync: create-update and preserveResourcesOnDeletion: true.",
        link="https://github.com/argoproj/argo-cd/issues/18212",
    ),
    Rule(
        id="greedy-glob",
        title="A generator takes more files than it seems",
        reason=(
            "A * of the git files generator takes slashes too: a zone.yaml further down makes an "
            "Application of its own."
        ),
        mend=(
            "Move or rename the nested file, or set "
            "ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_NEW_GIT_FILE_GLOBBING."
        ),
        link=(
            "https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git-File-Globbing/"
        ),
    ),
    Rule(
        id="generate-paths",
        title="Argo CD does not notice changes of the base",
        reason=(
            "Where manifest-generate-paths is set, a commit that changes none of its paths is not"
            " looked at."
        ),
        mend="Name every folder that the overlay is made of.",
        link="https://github.com/argoproj/argo-cd/issues/21086",
    ),
    Rule(
        id="shared-resource-allowed",
        title="Two Applications may own one object",
        reason="They overwrite each other without a word.",
        mend="Add the sync option FailOnSharedResource=true.",
        link=(
            "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#fail-the-sync-if-a-shared-resource-is-found"
        ),
        severity=Severity.WARNING,
    ),
    Rule(
        id="flux-deletes-on-rename",
        title="A renamed Flux Kustomization deletes its zone",
        reason=(
            "To Flux a new name is a removal and an addition: everything is deleted, then made "
            "anew."
        ),
        mend="Set deletionPolicy: Orphan.",
        link="https://github.com/fluxcd/flux2/issues/3316",
    ),
    Rule(
        id="flux-folder-not-manifests",
        title="Flux takes a file for a manifest that is none",
        reason="In a folder without a kustomization Flux makes one of every YAML file in it.",
        mend="Add a kustomization.yaml that lists the manifests.",
        link=(
            "https://fluxcd.io/flux/components/kustomize/kustomizations/#generate-kustomizationyaml"
        ),
    ),
    Rule(
        id="variable-not-set",
        title="Flux fills in a variable that nobody sets",
        reason=(
            "postBuild reads ${name} in every object, also where nginx or a shell was meant: it "
            "fails, or leaves nothing."
        ),
        mend=(
            "Set it under postBuild.substitute, or annotate the object "
            "kustomize.toolkit.fluxcd.io/substitute: disabled."
        ),
        link=(
            "https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution"
        ),
    ),
    Rule(
        id="account-lacks-rights",
        title="Flux may not apply what the overlay has",
        reason="The account of the zone has rights for what was there when they were made.",
        mend="Run edgeops init, which makes the rights of what the overlays have.",
        link="https://fluxcd.io/flux/components/kustomize/kustomizations/#service-account-reference",
    ),
    Rule(
        id="account-grants-rights",
        title="Flux may not grant the rights that the overlay grants",
        reason=(
            "Nobody may give rights that he has not, unless he may escalate or bind roles: the "
            "API server refuses the object."
        ),
        mend=(
            "Give the account these rights, or escalate and bind on roles, in a file of your own "
            "in the engine's folder."
        ),
        link=(
            "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"
        ),
        severity=Severity.WARNING,
    ),
)
