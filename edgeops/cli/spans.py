"""The type of a flag that takes a span of time."""

from datetime import timedelta
from typing import Any

import click

from edgeops.core.moments import parse_span


class Span(click.ParamType[timedelta]):
    """A span of time such as ``90d``."""

    name = "span"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return value if isinstance(value, timedelta) else parse_span(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
