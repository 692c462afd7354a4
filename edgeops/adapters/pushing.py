"""``git push``, and what a person does when it is refused."""

import re
from typing import Final

from edgeops.adapters.git_commands import Git, branch
from edgeops.errors import RepositoryError

_BEHIND: Final = """\
Somebody pushed before: git pull --rebase {remote} {branch}, then git push {remote} {branch}."""
_PROTECTED: Final = """\
If the branch takes no direct push, put the commit on one of its own: git switch --create NAME,
then git push --set-upstream {remote} NAME, and open a pull request. Next time: --commit-to NAME."""
_CREDENTIALS: Final = """\
The remote does not let you in: mend the credentials, then git push {remote} {branch}."""

# What git, or the other side through it, says; the first that matches tells what to do.
# https://git-scm.com/docs/git-push#_output
_REFUSALS: Final = (
    (re.compile(r"non-fast-forward|fetch first|stale info"), _BEHIND),
    (re.compile(r"protected branch|hook declined|GH006|GH013|TF40\d{4}|not allowed"), _PROTECTED),
    (re.compile(r"Authentication failed|Permission denied|could not read"), _CREDENTIALS),
)
_ELSE: Final = "When the cause is mended: git push {remote} {branch}."


def push(git: Git) -> str:
    """
    Push the checked-out branch to its remote, or to the only one there is.

    Returns:
        ``<remote>/<branch>``.

    Raises:
        RepositoryError: if there is no branch or no remote, or if it is refused: with git's own
            words, and how to go on.
    """
    name = branch(git)
    if name is None:
        raise RepositoryError("HEAD is detached: there is no branch to push")
    remotes = git("remote").text.splitlines()
    configured = git("config", "--get", f"branch.{name}.remote", accepted=(0, 1)).text
    remote = configured or (remotes[0] if len(remotes) == 1 else "origin")
    if remote not in remotes:
        raise RepositoryError(
            f"there is no remote {remote} to push to; add it: git remote add {remote} URL"
        )
    try:
        git("push", "--quiet", remote, f"HEAD:refs/heads/{name}")
    except RepositoryError as error:
        said = _plain(str(error))
        advice = next((then for pattern, then in _REFUSALS if pattern.search(said)), _ELSE)
        raise RepositoryError(f"{said}\n{advice.format(remote=remote, branch=name)}") from error
    return f"{remote}/{name}"


def _plain(said: str) -> str:
    """What git said, without its hints: they name commands for other cases."""
    lines = [line.rstrip() for line in said.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("hint:"))
