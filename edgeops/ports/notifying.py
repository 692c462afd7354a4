"""Messages to people."""

from enum import StrEnum
from typing import Protocol


class Tone(StrEnum):
    """How a message is to look where the target knows colours."""

    GOOD = "good"
    NOTICE = "notice"
    ALARM = "alarm"


class Notifier(Protocol):
    """Where messages go: a chat, a mailbox, a web hook."""

    def send(self, *, title: str, text: str, tone: Tone) -> None:
        """
        Deliver a plain text.

        Raises:
            DeliveryError: if it did not arrive; without the address, which is a secret.
        """
        ...
