"""
Programs that a repository hands us, taken only where they come to an end soon.

A regular expression and a jq expression are programs: ``(a+)+$`` and ``repeat(.)`` do not end
within anybody's patience, and ``$ENV | debug`` reads what a manifest has no business with. Both
are for naming objects and fields, which takes none of that.

https://owasp.org/www-community/attacks/Regular_expression_Denial_of_Service_-_ReDoS
"""

import re
import re._constants as opcodes  # type: ignore[import-not-found]  # typeshed leaves it out
import re._parser as parser  # type: ignore[import-not-found]  # so too
from typing import Any, Final

MOST_REPEATS: Final = 3
"""Of ``*`` and ``+`` in one regular expression; names have at most 253 characters."""

_LONGEST: Final = 2000
_MANY: Final = 3
"""A repetition up to so many times is none that matters."""

_REPEATS: Final = frozenset({opcodes.MAX_REPEAT, opcodes.MIN_REPEAT})
_REFERENCES: Final = frozenset({opcodes.GROUPREF, opcodes.GROUPREF_EXISTS})
_ONE_CHARACTER: Final = frozenset(
    {opcodes.ANY, opcodes.IN, opcodes.LITERAL, opcodes.NOT_LITERAL, opcodes.CATEGORY}
)


def regex(text: str) -> "re.Pattern[str]":
    """
    The regular expression *text*.

    Raises:
        ValueError: if it is none, or one whose matching may take for ever.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a regular expression of more than {_LONGEST} characters")
    try:
        tree = parser.parse(text)
        compiled = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    if _repeats(tree) > MOST_REPEATS:
        raise ValueError(
            f"{text!r} repeats more than {MOST_REPEATS} things, or more than one character in "
            "one: it may never end"
        )
    return compiled


def _repeats(tree: Any) -> int:
    """
    How many repetitions without a small bound there are; of more than one character: too many.

    What may match one text in two ways, such as ``(a|aa)*``, does so once more for each character.
    """
    found = 0
    for operation, argument in tree:
        if operation in _REPEATS and argument[1] >= _MANY:
            inner = list(argument[2])
            if len(inner) != 1 or inner[0][0] not in _ONE_CHARACTER:
                return MOST_REPEATS + 1
            found += 1
        elif operation in _REFERENCES:
            return MOST_REPEATS + 1
        else:
            found += sum(map(_repeats, _parts(argument)))
    return found


def _parts(argument: Any) -> list[Any]:
    """The expressions below one, in whatever its kind keeps them."""
    if isinstance(argument, parser.SubPattern):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for item in argument for part in _parts(item)]
    return []


_TEXT: Final = re.compile(r'"(?:[^"\\]|\\[^(])*"')
_WORD: Final = re.compile(r"(?<![.\w$])[$@]?[A-Za-z_]\w*")
_ENDLESS: Final = frozenset(
    {"def", "foreach", "label", "range", "recurse", "reduce", "repeat", "until", "walk", "while"}
    | {"combinations", "import", "include"}
)
_OUTSIDE: Final = frozenset(
    {"debug", "env", "$ENV", "$__prog_args", "get_search_list", "halt", "halt_error", "input"}
    | {"input_filename", "input_line_number", "inputs", "now", "stderr"}
)
_MANIFOLD: Final = re.compile(r"\.\.|(?<![.\w])(?:paths|leaf_paths|tostream|getpath)\b")
_MOST: Final = {"..": 2, ",": 16, "+": 4, "|": 24}


def jq(text: str) -> None:
    """
    Take a jq expression that selects paths, and nothing else.

    Raises:
        ValueError: if it may never end, or asks for more than the object.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a jq expression of more than {_LONGEST} characters")
    code = _TEXT.sub('""', text)
    for word in _WORD.findall(code):
        if word in _ENDLESS:
            raise ValueError(f"{text!r} uses {word}: it may never end, and no path takes it")
        if word in _OUTSIDE:
            raise ValueError(f"{text!r} uses {word}: only the object itself is read")
    counts = {sign: code.count(sign) for sign in _MOST} | {"..": len(_MANIFOLD.findall(code))}
    for sign, count in counts.items():
        if count > _MOST[sign]:
            raise ValueError(f"{text!r} has more than {_MOST[sign]} of {sign!r}: it may never end")
    if "*" in code:
        raise ValueError(f"{text!r} multiplies: no path takes that")
