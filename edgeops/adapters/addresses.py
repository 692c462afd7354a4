"""Addresses with a name and a password in them: shown without, and handed to git apart from it."""

import base64
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

_USER = re.compile(r"(?<=://)[^/@\s'\"]*:[^/\s'\"]*@|(?<=://)[^/@\s'\"]+@")


def without_password(text: str) -> str:
    """A text whose addresses have lost what stood before their ``@``."""
    return _USER.sub("", text)


def apart(url: str) -> tuple[str, str | None]:
    """
    An address that everybody may see, and the ``Authorization`` header that stands for the rest.

    A command line is seen by every user of a machine, an environment only by its owner. Other
    schemes than HTTP take no password in an address: they are given back as they are.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.password:
        return url, None
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
    return bare, f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}"


def git_settings(
    settings: Sequence[tuple[str, str]], before: Mapping[str, str]
) -> Mapping[str, str]:
    """
    Variables by which git takes *settings*, after those that it has by *before* already.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT
    """
    text = before.get("GIT_CONFIG_COUNT", "")
    first = int(text) if text.isdigit() else 0
    found = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (name, value) in enumerate(settings, first):
        found[f"GIT_CONFIG_KEY_{number}"] = name
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    return found
