"""
Messages through Apprise: the one door to it.

https://github.com/caronc/apprise/wiki lists the addresses that it knows. An address is a
secret: it is read from a file or the environment, and appears in no message, error or log.
"""

import logging
import os
import re
import warnings
from pathlib import Path
from typing import Final, assert_never

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat, NotifyType

from edgeops.errors import DeliveryError
from edgeops.ports.notifying import Tone

_TIMEOUT_SECONDS: Final = 20.0
_HTTP_STATUS = re.compile(r"\berror=([0-9]{3})\b")

# They repeat addresses, and without a handler of ours Python prints them on stderr.
_TALKATIVE: Final = ("apprise", "urllib3", "requests", "asyncio")


class AppriseNotifier:
    """
    Implements `edgeops.ports.Notifier`.

    Args:
        reference: where the address stands: ``env:NAME`` or ``file:/path``.
    """

    def __init__(self, reference: str) -> None:
        self._reference = reference

    def send(self, *, title: str, text: str, tone: Tone) -> None:
        _silence()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its plugins' imports: nothing of ours
            self._deliver(title, text, tone)

    def _deliver(self, title: str, text: str, tone: Tone) -> None:
        asset = AppriseAsset(
            app_id="edgeops", app_desc="edgeops", app_url="", async_mode=False, secure_logging=True
        )
        target = Apprise(asset=asset)
        address = self._address()
        try:
            if not target.add(address):
                raise DeliveryError(
                    f"{self._reference}: what stands there is no address that edgeops knows: see "
                    "https://github.com/caronc/apprise/wiki for how they are written"
                )
            result = target.notify(
                body=text,
                title=title,
                notify_type=_type(tone),
                body_format=NotifyFormat.TEXT.value,
                timeout=_TIMEOUT_SECONDS,
                log_level=logging.WARNING,
            )
        except DeliveryError:
            raise
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and it repeats the address
            raise DeliveryError(
                f"{self._reference}: not delivered ({type(error).__name__})"
            ) from None
        if not result:
            said = " ".join(str(entry.message) for entry in result.logs())
            status = _HTTP_STATUS.search(said)
            why = f"it answered {status[1]}" if status else "it refused, or did not answer"
            raise DeliveryError(f"{self._reference}: not delivered: {why}")

    def _address(self) -> str:
        how, _, place = self._reference.partition(":")
        if how == "env":
            found = os.environ.get(place, "")
        else:
            try:
                found = Path(place).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not text"
                raise DeliveryError(f"{self._reference}: {reason}") from None
        if not found.strip():
            raise DeliveryError(f"{self._reference}: there is no address in it")
        return found.strip()


def _silence() -> None:
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _type(tone: Tone) -> NotifyType:
    match tone:
        case Tone.GOOD:
            return NotifyType.SUCCESS
        case Tone.NOTICE:
            return NotifyType.WARNING
        case Tone.ALARM:
            return NotifyType.FAILURE
    assert_never(tone)
