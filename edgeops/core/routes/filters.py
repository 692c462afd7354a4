"""
Filters of subsets: the expression language of Consul's catalogue.

The grammar and the meaning of what is absent are those of go-bexpr 0.1.2, which Consul builds
with: ``not`` binds closest, then ``and``, then ``or``; of a key that a map does not have,
``==``, ``in`` and ``is not empty`` are false and everything else is true.
https://github.com/hashicorp/go-bexpr/blob/v0.1.2/grammar.peg
https://developer.hashicorp.com/consul/api-docs/features/filtering
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*(?:(?P<op>==|!=|\(|\))|(?P<text>"[^"]*"|`[^`]*`)"""
    r"""|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?=[\s)]|$))"""
    r"""|(?P<selector>[a-zA-Z]\w*(?:\.[a-zA-Z]\w*|\[\s*(?:"[^"]*"|`[^`]*`)\s*\])*))""",
    re.ASCII,
)
_PART: Final = re.compile(r"""\.?([a-zA-Z]\w*)|\[\s*["`]([^"`]*)["`]\s*\]""", re.ASCII)
_SIGNS: Final = ("(", ")", "==", "!=")
_MOST_TERMS: Final = 64

Value = str | Sequence[str] | Mapping[str, str]
Facts = Mapping[str, Value]
"""What is known of an instance, by the first two names of a selector: ``Service.Meta``."""

Answer = bool | None
"""None: git does not say what the filter asks."""


class FilterError(ValueError):
    """A filter that Consul refuses; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter, parsed."""

    evaluate: Callable[[Facts], Answer]
    selectors: tuple[str, ...]


def parse(text: str) -> Filter:
    """
    Read a filter.

    Raises:
        FilterError: if it is not an expression.
    """
    parser = _Parser(text)
    try:
        evaluate = parser.whole()
    except RecursionError as error:
        raise FilterError("nested too deeply") from error
    return Filter(evaluate=evaluate, selectors=tuple(parser.selectors))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    spaced: bool
    """Whether white space stands before it."""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self.selectors: list[str] = []

    def whole(self) -> Callable[[Facts], Answer]:
        found = self._or()
        if self._at < len(self._tokens):
            raise FilterError(f"{self._tokens[self._at].text!r} is not expected there")
        return found

    def _peek(self, *words: str) -> bool:
        found = self._tokens[self._at : self._at + len(words)]
        if [token.text for token in found if token.kind != "text"] != list(words):
            return False
        # Words stand apart from what they join; signs need not.
        after = self._tokens[self._at + len(words) : self._at + len(words) + 1]
        apart_before = words[0] in _SIGNS or words == ("not",) or found[0].spaced
        apart_after = words[-1] in (*_SIGNS, "empty") or all(token.spaced for token in after)
        return apart_before and apart_after

    def _take(self, *words: str) -> bool:
        if self._peek(*words):
            self._at += len(words)
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise FilterError("it ends too early")
        self._at += 1
        token = self._tokens[self._at - 1]
        return token.kind, token.text

    def _or(self) -> Callable[[Facts], Answer]:
        left = self._and()
        if self._take("or"):
            right = self._or()
            return lambda facts: _any(left(facts), right(facts))
        return left

    def _and(self) -> Callable[[Facts], Answer]:
        left = self._not()
        if self._take("and"):
            right = self._and()
            return lambda facts: _all(left(facts), right(facts))
        return left

    def _not(self) -> Callable[[Facts], Answer]:
        if self._take("not"):
            operand = self._not()
            return lambda facts: _opposite(operand(facts))
        if self._take("("):
            inner = self._or()
            if not self._take(")"):
                raise FilterError("a parenthesis is not closed")
            return inner
        return self._match()

    def _match(self) -> Callable[[Facts], Answer]:
        kind, first = self._next()
        if kind == "op":
            raise FilterError(f"{first!r} is not expected there")
        backwards: Sequence[tuple[tuple[str, ...], bool]] = (
            (("not", "in"), True),
            (("in",), False),
        )
        for words, negated in backwards:
            if self._take(*words):
                other, selector = self._next()
                if other != "selector":
                    raise FilterError(f"{selector!r} is no selector")
                return self._test(selector, "in", _value(kind, first), negated=negated)
        if kind != "selector":
            raise FilterError(f"{first!r} is no selector")
        for suffix, negated in ((("is", "empty"), False), (("is", "not", "empty"), True)):
            if self._take(*suffix):
                return self._test(first, "empty", "", negated=negated)
        for operation, operator, negated in _OPERATORS:
            if self._take(*operation):
                other, value = self._next()
                if other == "op":
                    raise FilterError(f"{value!r} is no value")
                return self._test(first, operator, _value(other, value), negated=negated)
        raise FilterError(f"there is no operator after {first!r}")

    def _test(
        self, selector: str, operator: str, value: str, *, negated: bool
    ) -> Callable[[Facts], Answer]:
        path = [one or two for one, two in _PART.findall(selector)]
        self.selectors.append(selector)
        if operator == "matches":
            try:
                re.compile(value)
            except re.error as error:
                raise FilterError(f"{value!r} is no regular expression: {error}") from error

        def test(facts: Facts) -> Answer:
            found = _look_up(facts, path)
            if isinstance(found, _Absent):
                # go-bexpr: nothing equals what is not there, and nothing is in it.
                if operator == "matches":
                    return True
                return negated if operator in {"==", "in"} else not negated
            if found is None:
                return None
            return _holds(found, operator, value) != negated

        return test


_OPERATORS: Final[Sequence[tuple[tuple[str, ...], str, bool]]] = (
    (("==",), "==", False),
    (("!=",), "==", True),
    (("contains",), "in", False),
    (("not", "contains"), "in", True),
    (("matches",), "matches", False),
    (("not", "matches"), "matches", True),
)


class _Absent:
    """A key that a map does not have."""


def _look_up(facts: Facts, path: Sequence[str]) -> Value | _Absent | None:
    found = facts.get(".".join(path[:2]))
    if found is None or len(path) == 2:
        return found
    if isinstance(found, Mapping) and len(path) == 3:
        return found.get(path[2], _Absent())
    return None


def _holds(found: Value, operator: str, value: str) -> bool:
    if operator == "==":
        return found == value
    if operator == "in":
        return value in found
    if operator == "matches":
        texts = [found] if isinstance(found, str) else list(found)
        return any(re.search(value, text) for text in texts)
    return len(found) == 0


def _tokens(text: str) -> Sequence[_Token]:
    tokens: list[_Token] = []
    at = 0
    text = text.rstrip(" \t\r\n")
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FilterError(f"cannot be read from {text[at:][:20].strip()!r} on")
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, found.group(kind), spaced=found.start(kind) > at))
        at = found.end()
        if len(tokens) > _MOST_TERMS * 8:
            raise FilterError("it is too long")
    if not tokens:
        raise FilterError("it is empty")
    return tokens


def _value(kind: str, text: str) -> str:
    return text[1:-1] if kind == "text" else text


def _any(left: Answer, right: Answer) -> Answer:
    if left or right:
        return True
    return None if left is None or right is None else False


def _all(left: Answer, right: Answer) -> Answer:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _opposite(answer: Answer) -> Answer:
    return None if answer is None else not answer
