"""Declared parameters: what a value must be stands in the annotation, and is checked by it, with one form of message.

    negative: Annotated[int, AtLeast(0)] = 5
    loss: Literal["logistic", "squared"] = "logistic"
    workers: Annotated[int | None, AtLeast(1)] = None

`base.Estimator` and `base.Settings` check their fields, `checks_arguments` the arguments of a function. Annotations are
evaluated when they are first needed. A `BadInput` says `negative is 2.5; expected a whole number of at least 0`.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import os
import re
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from typing import Annotated, Any, Literal, NamedTuple, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from nearfield.errors import BadInput

LARGEST_WHOLE = 2**63 - 1  # int64
MOST_CHECKED = 1_000
LARGEST_NUMBER = float(np.finfo(np.float32).max)  # kernels compute in float32


class Interval:
    """Constraint on a number: between `low` and `high`, each included unless it is said to be open."""

    def __init__(
        self,
        low: float | None = None,
        high: float | None = None,
        *,
        low_open: bool = False,
        high_open: bool = False,
        rarely: bool = False,
    ) -> None:
        self.low, self.high, self.low_open, self.high_open = low, high, low_open, high_open
        self._rarely = rarely  # the upper end is so far away that only a value beyond it has a message that names it

    def __contains__(self, value: float) -> bool:
        below = self.low is not None and (value <= self.low if self.low_open else value < self.low)
        above = self.high is not None and (value >= self.high if self.high_open else value > self.high)
        return not below and not above

    def describe(self, noun: str, value: Any) -> str:
        """Return what is expected in the place of a value, such as "a whole number of at least 1"."""
        low, high = self.low, self.high
        if high is not None and self._rarely and not (_is_number(value) and value in Interval(high, low_open=True)):
            high = None
        if low is None or high is None:
            limits = [] if low is None else [f"{'above' if self.low_open else 'of at least'} {_plain(low)}"]
            limits += [] if high is None else [f"{'below' if self.high_open else 'of at most'} {_plain(high)}"]
            return " ".join([noun if limits or noun == WHOLE else "a finite number", *limits])
        if not self.low_open and not self.high_open:
            return f"{noun} of {_plain(low)} to {_plain(high)}"
        low_end = f"{'above' if self.low_open else 'of at least'} {_plain(low)}"
        return f"{noun} {low_end} and {'below' if self.high_open else 'at most'} {_plain(high)}"


class AtLeast(Interval):
    """Constraint on a number: `low` or more, and no more than `most`."""

    def __init__(self, low: float, *, most: float | None = None) -> None:
        super().__init__(low, most, rarely=True)


class Above(Interval):
    """Constraint on a number: more than `low`, and no more than `most`."""

    def __init__(self, low: float, *, most: float | None = None) -> None:
        super().__init__(low, most, low_open=True, rarely=True)


class Between(Interval):
    """Constraint on a number: from `low` to `high`, both included."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__(low, high)


class Share(Interval):
    """Constraint on a number: at least 0, and below 1."""

    def __init__(self) -> None:
        super().__init__(0, 1, high_open=True)


class NotEmpty:
    """Constraint on a string, a path or several values: not empty."""


class Example:
    """Ends a message with a value that is right: `expected …, such as (128, 64)`."""

    def __init__(self, text: str) -> None:
        self.text = text


class Described:
    """Says in words what is expected, where the type alone would say it badly: `a duration such as '2d'`."""

    def __init__(self, text: str) -> None:
        self.text = text


# What several estimators have alike. Upper ends keep nonsense from taking all memory.
VectorSize = Annotated[int, AtLeast(1, most=65_536)]
Window = Annotated[int, AtLeast(1, most=100_000)]
Epochs = Annotated[int, AtLeast(1, most=1_000_000)]
Negative = Annotated[int, AtLeast(1, most=100_000)]
NoiseExponent = Annotated[float, Between(-100, 100)]
LearningRate = Annotated[float, Above(0)]
NotNegative = Annotated[float, AtLeast(0)]
Count = Annotated[int, AtLeast(1, most=2**31 - 1)]
Resamples = Annotated[int, AtLeast(1, most=1_000_000)]
Proportion = Annotated[float, Interval(0, 1, low_open=True, high_open=True)]
Decay = Annotated[float, Interval(0, 1, low_open=True)]
Workers = Annotated[int | None, AtLeast(1, most=4_096)]
Threads = Annotated[int, AtLeast(1, most=4_096)]
Seed = Annotated[int, Between(0, 2**32 - 1)]
FilePath = str | os.PathLike[str]

WHOLE, NUMBER = "a whole number", "a number"
P = ParamSpec("P")
R = TypeVar("R")


def shown(value: object) -> str:
    """Return a value for a message: its repr in one line, cut where it is long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # a whole number of thousands of digits
        text = f"a {type(value).__name__}"
    if isinstance(value, str) and type(value) is not str:
        text = f"{type(value).__name__} {text}"  # the text alone would look right
    return text if len(text) <= 80 else f"{text[:77]}..."


class Rule(NamedTuple):
    """What an annotation allows: a test of a value, and the words that tell what was expected in the place of one.

    A message shows the wrong value, or, for containers, its type.
    """

    accepts: Callable[[Any], bool]
    describe: Callable[[Any], str]
    show: Callable[[object], str] = shown

    def check(self, name: str, value: object) -> None:
        """Raise `BadInput` unless the value is allowed."""
        if not self.accepts(value):
            raise BadInput(f"{name} is {self.show(value)}; expected {self.describe(value)}")


def _plain(limit: float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else f"{limit:g}"


def plain_scalar(value: Any) -> Any:
    """Return the Python value of a NumPy bool, number or string, and any other value as it is."""
    if isinstance(value, np.generic) and isinstance(value, np.bool_ | np.integer | np.floating | np.str_):
        return value if isinstance(value, np.timedelta64) else value.item()
    return value


def check_rates(alpha: float, min_alpha: float) -> None:
    """Raise `BadInput` for a learning rate that would rise instead of fall."""
    if min_alpha > alpha:
        raise BadInput(f"min_alpha is {min_alpha}; expected a number of at most alpha, {alpha}")


def field_rules(cls: type, names: Iterable[str]) -> dict[str, Rule]:
    """Return the rule of each of a class's annotated attributes, from the class that declares it last."""
    return {name: _rule_of_field(cls, name) for name in names}


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Check the options of a function by their annotations before it runs; NumPy scalars become plain ones.

    Options are what can be given by name only, and what has another default than None; all else are data, which the
    function checks itself. An annotation that names a type which is imported for type checkers only allows anything.
    """
    parameters = inspect.signature(function).parameters
    positional = [name for name, one in parameters.items() if one.kind is not one.KEYWORD_ONLY]

    @functools.cache
    def rules() -> dict[str, Rule]:
        return {name: _rule_of_argument(function, parameter) for name, parameter in parameters.items()}

    def checked_value(name: str, value: Any) -> Any:
        rule = rules().get(name, ANYTHING)
        if rule is ANYTHING:
            return value
        value = plain_scalar(value)
        rule.check(name, value)
        return value

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        places = map(checked_value, positional, args)
        rest = args[len(positional) :]  # of *args, or too many, which the call itself refuses
        return function(*places, *rest, **{name: checked_value(name, value) for name, value in kwargs.items()})

    return checked


def _rule_of_argument(function: Callable[..., Any], parameter: inspect.Parameter) -> Rule:
    if parameter.annotation is parameter.empty or not _is_option(parameter):
        return ANYTHING
    try:
        return rule_of(_evaluated(parameter.annotation, function.__module__))
    except NameError:
        return ANYTHING


def _is_option(parameter: inspect.Parameter) -> bool:
    positional = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    with_default = parameter.default is not parameter.empty and parameter.default is not None
    return parameter.kind is parameter.KEYWORD_ONLY or (positional and with_default)


def _rule_of_field(cls: type, name: str) -> Rule:
    owner = next(base for base in cls.__mro__ if name in inspect.get_annotations(base))
    return rule_of(_evaluated(inspect.get_annotations(owner)[name], owner.__module__))


def _evaluated(annotation: Any, module: str) -> Any:
    return eval(annotation, vars(sys.modules[module])) if isinstance(annotation, str) else annotation


def rule_of(annotation: Any, constraints: tuple[Any, ...] = ()) -> Rule:
    """Return the rule that an annotation and the constraints around it make."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        rule = rule_of(arguments[0], (*arguments[1:], *constraints))
        example = next((one.text for one in arguments[1:] if isinstance(one, Example)), None)
        words = next((one.text for one in arguments[1:] if isinstance(one, Described)), None)
        if words is not None:
            return Rule(rule.accepts, lambda _: words)
        return rule if example is None else _with_example(rule, example)
    if origin in (Union, types.UnionType):
        return _union(arguments, constraints)
    if origin is Literal:
        return _one_of(arguments)
    if annotation is bool:
        return Rule(lambda value: isinstance(value, bool), lambda _: "True or False")
    if annotation in (int, float):
        return _number(annotation, constraints)
    if annotation is str:
        filled = any(isinstance(one, NotEmpty) for one in constraints)
        text = "a string that is not empty" if filled else "a string"
        return Rule(lambda value: type(value) is str and (value != "" or not filled), lambda _: text)
    if origin in (tuple, Iterable) or (isinstance(origin, type) and issubclass(origin, Collection)):
        return _several(origin, arguments, constraints)
    if origin is Callable:
        return Rule(callable, lambda _: "a function")
    protocol = getattr(annotation, "_is_protocol", False)
    if isinstance(annotation, type) and annotation not in (Any, object) and not protocol:
        article = "an" if annotation.__name__[0] in "AEIOU" else "a"
        return Rule(
            lambda value: isinstance(value, annotation), lambda _: f"{article} {annotation.__name__}", _type_name
        )
    return ANYTHING


def _type_name(value: object) -> str:
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _union(members: tuple[Any, ...], constraints: tuple[Any, ...]) -> Rule:
    optional, path = type(None) in members, any(get_origin(one) is os.PathLike for one in members)
    kept = [one for one in members if one is not type(None) and not (path and one is str)]
    rules = [_PATH if get_origin(one) is os.PathLike else rule_of(one, constraints) for one in kept]
    if ANYTHING in rules:
        return ANYTHING

    def describe(value: object) -> str:
        # a value of the right type is told the limits of that type
        texts = [rule.describe(value) for rule in rules] + ["None"] * optional
        return ", or ".join(dict.fromkeys(texts))

    return Rule(
        lambda value: (value is None and optional) or any(rule.accepts(value) for rule in rules),
        describe,
    )


def _one_of(choices: tuple[Any, ...]) -> Rule:
    text = f"one of {', '.join(map(str, choices))}"
    # types are compared, too: True is no 1, and a list cannot be compared with a string that may equal it
    return Rule(lambda value: any(type(value) is type(one) and value == one for one in choices), lambda _: text)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64)


def _is_number(value: Any) -> bool:
    return (_is_whole(value) or isinstance(value, float | np.floating)) and bool(value == value)


def _number(kind: type, constraints: tuple[Any, ...]) -> Rule:
    given = [one for one in constraints if isinstance(one, Interval)]
    noun, is_kind, most = (WHOLE, _is_whole, LARGEST_WHOLE) if kind is int else (NUMBER, _is_number, LARGEST_NUMBER)
    limits, widest = given[-1] if given else Interval(), Interval(-most, most)
    storable = "below 2^63" if kind is int else "at most 3.4e38 in size"

    def describe(value: Any) -> str:
        text = limits.describe(noun, value)
        return f"{text}, {storable}" if is_kind(value) and value in limits else text

    return Rule(lambda value: is_kind(value) and value in widest and value in limits, describe)


def _several(origin: Any, arguments: tuple[Any, ...], constraints: tuple[Any, ...]) -> Rule:
    """Of a tuple of any length, a sequence, an iterable or a mapping; lists pass for tuples, strings for none.

    Of data that are given as an argument the first `MOST_CHECKED` are looked at; what reads them checks the rest. What
    can be gone through only once is left alone.
    """
    of_pairs = issubclass(origin, Mapping)
    elements = [rule_of(one) for one in arguments if one is not Ellipsis]
    kinds = {tuple: (tuple, list), Iterable: Iterable}
    kind: Any = Mapping if of_pairs else kinds.get(origin, Collection)
    filled = any(isinstance(one, NotEmpty) for one in constraints)

    def accepts(value: Any) -> bool:
        if not isinstance(value, kind) or isinstance(value, str | bytes) or getattr(value, "ndim", 1) == 0:
            return False
        if origin is Sequence and isinstance(value, Mapping | Set):  # without an order
            return False
        if not isinstance(value, Collection):
            return True
        if filled and not len(value):
            return False
        if of_pairs:
            mapping: Any = value
            pairs = itertools.islice(mapping.items(), MOST_CHECKED)
            return all(elements[0].accepts(key) and elements[1].accepts(one) for key, one in pairs)
        return all(elements[0].accepts(plain_scalar(one)) for one in itertools.islice(value, MOST_CHECKED))

    def describe(_: object) -> str:
        name = "mapping" if of_pairs else "tuple" if origin is tuple else "list"
        return f"a {name}{' that is not empty' if filled else ''} of {' to '.join(map(_plural, elements))}"

    return Rule(accepts, describe)


def _plural(rule: Rule) -> str:
    """What a rule expects, of several: "whole numbers of at least 1" for "a whole number of at least 1"."""
    return re.sub(r"^an? (whole |finite )?(\w+)", r"\1\2s", rule.describe(None))


def _with_example(rule: Rule, example: str) -> Rule:
    return Rule(rule.accepts, lambda value: f"{rule.describe(value)}, such as {example}")


def _is_path(value: object) -> bool:
    if not isinstance(value, str | os.PathLike):
        return False
    text = os.fspath(value)
    return isinstance(text, str) and text != "" and "\0" not in text


ANYTHING = Rule(lambda _: True, lambda _: "anything")
_PATH = Rule(_is_path, lambda _: "a path")
