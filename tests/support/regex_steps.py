"""Count of a backtracking matcher's steps: the cost of a regular expression, without a clock."""

import re
from collections.abc import Callable, Iterator, Sequence
from re import _constants as op
from re import _parser
from typing import Any

Node = tuple[Any, Any]
Continue = Callable[[int], bool]
Matcher = Callable[[int, Continue], bool]

CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
SINGLE = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}


MAX_LETTERS = 8
"""Maximum number of a pattern's own characters that attacks use."""


SAMPLED = 'a0 \t.:-_/"'
"""Candidates for a character class; the first one in the class is used."""


class TooManySteps(Exception):
    """Raised when a match takes too many steps."""


class Counter:
    """Matches *pattern* as CPython's engine does, by backtracking, and counts each comparison.

    The pattern becomes a chain of functions, since looking at its tree in each step would take most of the time.
    ``is_found`` is the result of the last search or match.
    """

    def __init__(self, pattern: "re.Pattern[Any]") -> None:
        # Computed once: the flags' own operators cost more than a step.
        self._ignores_case = bool(pattern.flags & re.IGNORECASE)
        self._is_multiline = bool(pattern.flags & re.MULTILINE)
        self._dot_takes_all = bool(pattern.flags & re.DOTALL)
        self.tree: Sequence[Node] = _plain(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
        self._whole = self._sequence(self.tree, 0)
        self.steps = 0
        self.is_found = False
        self._budget = 0
        self._text = ""

    def search(self, text: str, budget: int) -> int:
        """The steps of a search in *text*; raises TooManySteps beyond *budget*."""
        self.steps, self._budget, self._text = 0, budget, text
        self.is_found = False
        for start in range(len(text) + 1):
            if self._whole(start, _always):
                self.is_found = True
                break
        return self.steps

    def match(self, text: str, budget: int, *, whole: bool) -> int:
        """The steps of a match at the beginning, or with *whole* of the whole text; raises TooManySteps."""
        self.steps, self._budget, self._text = 0, budget, text
        self.is_found = self._whole(0, (lambda end: end == len(text)) if whole else _always)
        return self.steps

    def takes(self, node: Node, character: str) -> bool:
        """Return True if the single *node* matches *character*."""
        kind, value = node
        if kind is op.ANY:
            return character != "\n" or self._dot_takes_all
        if kind is op.IN:
            return self._is_in(value, character)
        is_equal = self._fold(chr(value)) == self._fold(character)
        return is_equal if kind is op.LITERAL else not is_equal

    def _fold(self, character: str) -> str:
        return character.lower() if self._ignores_case else character

    def _is_in(self, items: Sequence[Node], character: str) -> bool:
        is_negated, found = False, False
        cases = {character, character.lower(), character.upper()} if self._ignores_case else {character}
        for kind, value in items:
            if kind is op.NEGATE:
                is_negated = True
            elif kind is op.LITERAL:
                found |= any(ord(each) == value for each in cases if len(each) == 1)
            elif kind is op.RANGE:
                found |= any(value[0] <= ord(each) <= value[1] for each in cases if len(each) == 1)
            else:
                found |= CATEGORIES[value](character)
        return found is not is_negated

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > self._budget:
            raise TooManySteps

    def _sequence(self, nodes: Sequence[Node], at: int) -> Matcher:
        """Return the matcher of all *nodes* from *at* on."""
        singles = []
        while at < len(nodes) and nodes[at][0] in SINGLE:
            singles.append(_Taken(self, nodes[at]))
            at += 1
        if at == len(nodes):
            return self._singles(singles, None)
        first = self._complex(*nodes[at])
        after = self._sequence(nodes, at + 1) if at + 1 < len(nodes) else None

        def match(position: int, then: Continue) -> bool:
            self._count(1)
            return first(position, then if after is None else lambda end: after(end, then))

        return self._singles(singles, match) if singles else match

    def _singles(self, singles: "Sequence[_Taken]", after: Matcher | None) -> Matcher:
        def match(position: int, then: Continue) -> bool:
            text = self._text
            for taken in singles:
                self.steps += 1
                if self.steps > self._budget:
                    raise TooManySteps
                if position >= len(text) or not taken[text[position]]:
                    return False
                position += 1
            return then(position) if after is None else after(position, then)

        return match

    def _complex(self, kind: Any, value: Any) -> Matcher:
        if kind is op.AT:
            return lambda position, then: self._is_at(value, position) and then(position)
        if kind is op.SUBPATTERN:
            return self._sequence(value[3], 0)
        if kind is op.BRANCH:
            return _branches([self._sequence(branch, 0) for branch in value[1]])
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self._assertion(kind, *value)
        if kind is op.ATOMIC_GROUP:
            return _furthest(self._sequence(value, 0))
        assert kind in REPEATS, f"{kind} is not counted"
        least, most, inner = value
        if len(inner) == 1 and inner[0][0] in SINGLE:
            return self._repeat_single(kind, least, most, inner[0])
        repeat = self._repeat(least, most, inner)
        return _furthest(repeat) if kind is op.POSSESSIVE_REPEAT else repeat

    def _assertion(self, kind: Any, direction: int, nodes: Sequence[Node], width: int) -> Matcher:
        inner = self._sequence(nodes, 0)

        def match(position: int, then: Continue) -> bool:
            start = position if direction > 0 else position - width
            holds = start >= 0 and inner(start, _always)
            return holds is (kind is op.ASSERT) and then(position)

        return match

    def _repeat_single(self, kind: Any, least: int, most: Any, node: Node) -> Matcher:
        taken = _Taken(self, node)
        is_greedy = kind is op.MAX_REPEAT
        is_possessive = kind is op.POSSESSIVE_REPEAT

        def match(position: int, then: Continue) -> bool:
            text = self._text
            end, last = position, len(text) if most is op.MAXREPEAT else min(len(text), position + int(most))
            while end < last and taken[text[end]]:
                end += 1
            self._count(end - position)
            if is_possessive:
                return end >= position + least and then(end)
            for each in range(end, position + least - 1, -1) if is_greedy else range(position + least, end + 1):
                self.steps += 1
                if self.steps > self._budget:
                    raise TooManySteps
                if then(each):
                    return True
            return False

        return match

    def _repeat(self, least: int, most: Any, nodes: Sequence[Node]) -> Matcher:
        inner = self._sequence(nodes, 0)

        def match(position: int, then: Continue) -> bool:
            last = len(self._text) + 1 if most is op.MAXREPEAT else int(most)

            def again(count: int, start: int) -> bool:
                self._count(1)
                if count < last and inner(start, lambda end: (end > start or count < least) and again(count + 1, end)):
                    return True
                return count >= least and then(start)

            return again(0, position)

        return match

    def _is_at(self, where: Any, position: int) -> bool:
        text = self._text
        if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            is_line = self._is_multiline and where is op.AT_BEGINNING
            return position == 0 or (is_line and text[position - 1] == "\n")
        if where in (op.AT_END, op.AT_END_STRING):
            is_line = self._is_multiline and where is op.AT_END
            return position == len(text) or (is_line and text[position] == "\n")
        words = [
            0 <= each < len(text) and CATEGORIES[op.CATEGORY_WORD](text[each]) for each in (position - 1, position)
        ]
        return (words[0] is not words[1]) is (where is op.AT_BOUNDARY)


class _Taken(dict[str, bool]):
    """Characters, and if the single *node* matches them; each is compared once."""

    def __init__(self, counter: Counter, node: Node) -> None:
        super().__init__()
        self._counter, self._node = counter, node

    def __missing__(self, character: str) -> bool:
        self[character] = is_taken = self._counter.takes(self._node, character)
        return is_taken


def _always(_end: int) -> bool:
    return True


def _branches(branches: Sequence[Matcher]) -> Matcher:
    def match(position: int, then: Continue) -> bool:
        for branch in branches:  # noqa: SIM110 - any() would take some of C's own stack
            if branch(position, then):
                return True
        return False

    return match


def _furthest(inner: Matcher) -> Matcher:
    """Return a matcher that takes what *inner* matches first, and gives nothing back."""

    def match(position: int, then: Continue) -> bool:
        ends: list[int] = []
        return inner(position, lambda end: ends.append(end) is None) and then(ends[0])

    return match


def _plain(parsed: Any) -> list[Node]:
    """Return the parser's tree as lists, whose items cost no call. An assertion gets its width as well."""
    return [(kind, _plain_value(kind, value)) for kind, value in parsed]


def _plain_value(kind: Any, value: Any) -> Any:
    if kind is op.SUBPATTERN:
        return (*value[:3], _plain(value[3]))
    if kind is op.BRANCH:
        return value[0], [_plain(branch) for branch in value[1]]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return value[0], _plain(value[1]), value[1].getwidth()[0]
    if kind is op.ATOMIC_GROUP:
        return _plain(value)
    return (value[0], value[1], _plain(value[2])) if kind in REPEATS else value


def attacks(counter: Counter, size: int) -> Iterator[str]:
    """Texts of *size* that make each repetition of a pattern run, and then fail, or that nearly match it many times."""
    letters = "".join(sorted(set(_letters(counter.tree)) | set(' a0\t."\n-')))
    for prefix, inner, suffix in _repeats(counter.tree, ""):
        units = {_sample(inner, letters, counter)}
        units |= {letter for letter in letters if len(inner) == 1 and _takes_one(counter, inner[0], letter)}
        for unit in filter(None, units):
            body = (unit * size)[:size]
            yield prefix + body + "\0"
            yield prefix + body
            yield prefix + body + suffix
            yield (prefix + unit * 4 + "\0") * (size // (len(prefix) + 4 * len(unit) + 1))
            # A text for after the repetition, which the matcher can give back as well.
            for letter in letters:
                yield prefix + body[: size // 2] + letter * (size // 2) + "\0"
    for letter in letters:
        yield letter * size + "\0"
    whole = _sample(counter.tree, letters, counter)
    if whole:
        yield (whole * (size // len(whole) + 1))[:size] + "\0"


def _takes_one(counter: Counter, node: Node, letter: str) -> bool:
    return node[0] in SINGLE and counter.takes(node, letter)


def _letters(nodes: Any) -> Iterator[str]:
    """A few characters that the pattern names."""
    for kind, value in nodes:
        if kind in (op.LITERAL, op.NOT_LITERAL):
            yield chr(value)
        elif kind is op.IN:
            yield from _letters(value)
        elif kind is op.RANGE:
            yield chr(value[0])
        elif kind is op.SUBPATTERN:
            yield from _letters(value[3])
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _letters(branch)
        elif kind in REPEATS:
            yield from _letters(value[2])
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _letters(value[1])


def _repeats(nodes: Any, prefix: str) -> Iterator[tuple[str, Any, str]]:
    """Each repetition without a small bound: the text before it, the repeated text, and a text after it."""
    for at, (kind, value) in enumerate(nodes):
        if kind in REPEATS:
            if value[1] is op.MAXREPEAT or value[1] > 32:
                yield prefix, value[2], _sample(nodes[at + 1 :], SAMPLED, None, looks_ahead=True)
            yield from _repeats(value[2], prefix)
        elif kind is op.SUBPATTERN:
            yield from _repeats(value[3], prefix)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, prefix)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _repeats(value[1], prefix)
        prefix += _sample([(kind, value)], SAMPLED, None)


def _sample(nodes: Any, letters: str, counter: Counter | None, *, looks_ahead: bool = False) -> str:
    """A short text that the *nodes* match, lookaheads included."""
    text = ""
    for kind, value in nodes:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind in (op.NOT_LITERAL, op.ANY, op.IN):
            judge = counter or Counter(re.compile(""))
            text += next((letter for letter in letters + "aA0" if judge.takes((kind, value), letter)), "")
        elif kind is op.SUBPATTERN:
            text += _sample(value[3], letters, counter)
        elif kind is op.BRANCH:
            text += _sample(value[1][0], letters, counter)
        elif kind in REPEATS:
            text += _sample(value[2], letters, counter) * max(1, min(value[0], 8))
        elif kind in (op.ASSERT, op.ASSERT_NOT) and looks_ahead and value[0] > 0:
            text += _sample(value[1], letters, counter)
    return text
