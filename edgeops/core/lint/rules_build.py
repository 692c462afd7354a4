"""Rules of files, builds and schemas."""

from typing import Final

from edgeops.core.lint.model import Rule, Severity

RULES: Final = (
    Rule(
        id="does-not-build",
        title="A folder does not build",
        reason=(
            "The engine builds the same folder with the same kustomize and gets the same refusal:"
            " nothing of it is applied."
        ),
        mend="Build it with 'kubectl kustomize FOLDER' and mend what it says.",
        link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/",
    ),
    Rule(
        id="build-warning",
        title="Kustomize builds a folder, and complains",
        reason=(
            "It says so for fields that a later version drops; then the folder no longer builds."
        ),
        mend="Run 'kustomize edit fix' on a copy, or write the field that the warning names.",
        link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/",
        severity=Severity.WARNING,
    ),
    Rule(
        id="file-outside-folder",
        title="A kustomization reads a file outside of its folder",
        reason="Argo CD and plain kustomize refuse it; Flux alone would build it.",
        mend=(
            "Share whole folders through resources or components, or move the file below the "
            "kustomization."
        ),
        link="https://github.com/kubernetes-sigs/kustomize/blob/b878cd050d5ffe5d485b34b496c915fa96405db9/docs/FAQ.md",
    ),
    Rule(
        id="remote-resource",
        title="A kustomization takes something from another place",
        reason=(
            "What is applied changes without a commit here, and cannot be built without a network."
        ),
        mend="Copy it into the repository.",
        link="https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/",
    ),
    Rule(
        id="overlay-missing",
        title="A zone of edgeops.yaml has no folder",
        reason="Nothing is applied there.",
        mend="Run 'edgeops init'.",
        link="https://fluxcd.io/flux/guides/repository-structure/",
    ),
    Rule(
        id="conflict-markers",
        title="A merge was not finished",
        reason="A file with conflict markers is not what anybody wrote.",
        mend="Choose a side at each marker, and take the markers away.",
        link="https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
    ),
    Rule(
        id="kustomize-edit",
        title="A kustomization lost its comments",
        reason=(
            "'kustomize edit' drops comments in lists and sorts keys; the next update of the file"
            " then collides with it."
        ),
        mend="Restore the comments from git, and edit the file by hand.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/4481",
        severity=Severity.WARNING,
    ),
    Rule(
        id="openapi-replaced",
        title="A kustomization brings a schema of its own",
        reason=(
            "It takes the place of the built-in ones: a patch of one container then drops the "
            "others, without a word, in Argo CD but not in newer versions of Flux."
        ),
        mend="Take openapi.path away; patch lists of custom resources with JSON patches.",
        link="https://github.com/fluxcd/pkg/pull/1237",
    ),
    Rule(
        id="labels-in-selectors",
        title="Labels go into selectors",
        reason=(
            "The selector of a Deployment or StatefulSet cannot be changed: the next edit of "
            "these labels is refused, or needs everything to be made anew."
        ),
        mend="Use labels with includeSelectors: false.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/1009",
        severity=Severity.WARNING,
    ),
    Rule(
        id="namespace-overwritten",
        title="A namespace that somebody wrote is replaced",
        reason=(
            "namespace: rewrites metadata.namespace of every object, also of those that were "
            "meant for another one."
        ),
        mend=(
            "Put that object into a folder of its own without namespace:, or leave its namespace "
            "out."
        ),
        link="https://github.com/kubernetes-sigs/kustomize/issues/880",
    ),
    Rule(
        id="namespaces-merged",
        title="Folders of several namespaces are put into one",
        reason=(
            "Objects that had one name in different namespaces become one: 'may not add resource "
            "with an already registered id'."
        ),
        mend="Leave namespace: out of a kustomization that only collects others.",
        link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/namespace/",
    ),
    Rule(
        id="namespaced-cluster-kind",
        title="An object of the whole cluster gets a namespace",
        reason=(
            "Kustomize does not know that a custom kind belongs to the cluster and stamps "
            "namespace: on it; engines then look for it in vain."
        ),
        mend="Put it into a folder without namespace:.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/2498",
    ),
    Rule(
        id="binding-subject",
        title="A binding names no account, or another one than it says",
        reason=(
            "Kustomize moves every subject called default into the new namespace, and gives "
            "others one only if their account is in the build; without a namespace the API server"
            " refuses the binding."
        ),
        mend=(
            "Write the subject's namespace, and do not bind accounts called default across "
            "namespaces."
        ),
        link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/namespace/",
    ),
    Rule(
        id="name-prefix",
        title="A prefix or suffix on names that Consul knows",
        reason=(
            "The entry is renamed; destination.name, redirect.service and upstreams keep the old "
            "name."
        ),
        mend="Take namePrefix and nameSuffix away: a namespace keeps places apart already.",
        link="https://github.com/hashicorp/consul-k8s/issues/440",
    ),
    Rule(
        id="hashed-name",
        title="A custom resource names a generated object without its hash",
        reason="Kustomize renames references only in kinds that it knows.",
        mend=(
            "Set disableNameSuffixHash: true, or name the field in a nameReference under "
            "configurations."
        ),
        link=(
            "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/"
        ),
    ),
    Rule(
        id="dead-patch",
        title="A patch finds no object",
        reason="Kustomize ends with status 0 and no word; what the patch was to do is not done.",
        mend="Mend its target, or take the patch away.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/4379",
    ),
    Rule(
        id="dead-replacement",
        title="A replacement finds no object",
        reason="Kustomize ends with status 0 and no word; the value is not filled in.",
        mend="Mend its targets, or take the replacement away.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/5093",
    ),
    Rule(
        id="dead-image",
        title="An image override finds no container",
        reason="Kustomize ends with status 0 and no word; the old image stays.",
        mend="Write the image's name as the manifests have it, registry included.",
        link="https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/",
        severity=Severity.WARNING,
    ),
    Rule(
        id="patch-deletes-all",
        title="A patch deletes every object",
        reason="An empty target takes everything, and $patch: delete then deletes everything.",
        mend="Name kind and name in the target.",
        link="https://github.com/fluxcd/kustomize-controller/issues/464",
    ),
    Rule(
        id="patch-replaces-list",
        title="A patch replaces a whole list of a custom resource",
        reason=(
            "Kustomize merges lists by key only in kinds that it knows; entries that the patch "
            "does not repeat are gone."
        ),
        mend="Add with a JSON patch (op: add, path: …/-), or repeat every entry.",
        link="https://github.com/kubernetes-sigs/kustomize/issues/2825",
        severity=Severity.WARNING,
    ),
    Rule(
        id="unknown-field",
        title="A field that the kind does not have",
        reason=(
            "The API server drops it: git and cluster differ for ever, and what it was to do is "
            "not done."
        ),
        mend="Mend the name, or its place; 'kubectl explain KIND' lists the fields.",
        link="https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
    ),
    Rule(
        id="wrong-type",
        title="A value of another type",
        reason="The API server refuses the object.",
        mend=(
            "Write the type that the message names; text that looks like a number or like true "
            "needs quotes."
        ),
        link="https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation",
    ),
    Rule(
        id="field-missing",
        title="A field that must be there is not",
        reason="The API server refuses the object.",
        mend="Add the field.",
        link="https://kubernetes.io/docs/reference/using-api/api-concepts/",
    ),
    Rule(
        id="value-not-allowed",
        title="A word that is none of those allowed",
        reason="The API server refuses the object.",
        mend="Write one of the words that the message lists.",
        link="https://kubernetes.io/docs/reference/using-api/api-concepts/",
    ),
    Rule(
        id="listed-twice",
        title="One list has an element twice",
        reason=(
            "A merge of text puts the same addition in twice; one of the two counts, and "
            "server-side apply refuses the object."
        ),
        mend="Take one of them away.",
        link="https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy",
    ),
)
