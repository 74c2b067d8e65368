"""What every estimator and every set of settings shares: parameters that are declared once, as annotated attributes.

From the declaration come the constructor, `get_params` and `set_params`, the checks, and the check of what was saved.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Self, dataclass_transform

from nearfield.errors import BadInput, NotFitted
from nearfield.parameters import Rule, field_rules, plain_scalar, shown


class _Declared:
    """A class whose parameters are its annotated attributes; those of `field(init=False)` are none."""

    _parameter_defaults: ClassVar[dict[str, Any]] = {}
    _parameter_rules: ClassVar[dict[str, Rule]]

    def __new__(cls, *args: Any, **params: Any) -> Self:
        """Refuse names that are no parameters; the rest is the constructor's."""
        for name in params:
            if name not in cls._parameter_defaults:
                raise cls._unknown_parameter(name)
        return super().__new__(cls)

    @classmethod
    def parameter_names(cls) -> list[str]:
        """Return the names of the parameters, in the order of their declaration."""
        return list(cls._parameter_defaults)

    @classmethod
    def _declare(cls) -> None:
        declared: tuple[Field[Any], ...] = fields(cls)  # type: ignore[arg-type]  # it is a dataclass by now
        cls._parameter_defaults = {one.name: one.default for one in declared if one.init}
        for name in cls._parameter_defaults:
            if name.startswith("_") or name.endswith("_"):
                raise TypeError(f"{cls.__name__}.{name} is no parameter; declare it with field(init=False)")

    @classmethod
    def _unknown_parameter(cls, name: str) -> BadInput:
        names = cls.parameter_names()
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}? It" if near else "it"
        return BadInput(f"{cls.__name__} has no parameter {name!r}; {hint} has: {', '.join(names)}")

    def _check_parameters(self) -> None:
        """Raise `BadInput` for a parameter that is not as declared, and for several that do not fit together."""
        cls = type(self)
        if "_parameter_rules" not in vars(cls):
            cls._parameter_rules = field_rules(cls, cls._parameter_defaults)
        for name, rule in cls._parameter_rules.items():
            rule.check(name, getattr(self, name))
        self._check_combination()

    def _check_combination(self) -> None:
        """Raise `BadInput` for parameters, each as declared, that do not fit together; a subclass says which."""


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field,))
class Estimator(_Declared):
    """Base of all estimators: a subclass declares its parameters, the constructor only stores them, `fit` trains.

        class Scaler(Estimator):
            factor: Annotated[float, Above(0)] = 1.0

    Parameters are checked where they are used, in `fit` above all. NumPy scalars are stored as plain ones. A subclass
    inherits parameters; it declares one again to change its default or its constraint, and drops one by
    `name: type = field(default=value, init=False)`. What `fit` learns ends in `_`. `sklearn.base.clone` works.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(kw_only=True, eq=False, repr=False)(cls)
        cls._declare()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, plain_scalar(value) if name in self._parameter_defaults else value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in self._parameter_defaults}

    def set_params(self, **params: Any) -> Self:
        """Set some of the parameters; an unknown name raises `BadInput`."""
        for name, value in params.items():
            if name not in self._parameter_defaults:
                raise self._unknown_parameter(name)
            setattr(self, name, value)
        return self

    @classmethod
    def from_saved(cls, parameters: object, where: object) -> Self:
        """Return an estimator with parameters that were read from a file, checked; lists become tuples.

        Parameters
        ----------
        parameters : object
            As JSON holds them; expected a mapping with all of the parameters and no others.
        where : object
            The file, for messages.

        Raises
        ------
        BadInput
            Other names than those of the parameters, or a value that is not as declared.
        """
        names = cls.parameter_names()
        if not isinstance(parameters, Mapping) or set(parameters) != set(names):
            raise BadInput(f"{where}: parameters are {shown(parameters)}; expected {', '.join(names)}")
        model = cls(**{name: tuple(one) if isinstance(one, list) else one for name, one in parameters.items()})
        try:
            model._check_parameters()
        except BadInput as error:
            raise BadInput(f"{where}: {error}; the folder is damaged") from error
        return model

    def __repr__(self) -> str:
        defaults = self._parameter_defaults
        changed = [f"{name}={shown(one)}" for name, one in self.get_params().items() if not _equal(one, defaults[name])]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("_"):
            raise NotFitted(f"{type(self).__name__} has no {name} yet; call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Settings(_Declared):
    """Base of small sets of options: a frozen dataclass whose fields are checked by their annotations when it is made.

    class Replay(Settings):
        budget: Annotated[float | None, AtLeast(0)] = None
    """

    def __init_subclass__(cls, kw_only: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclass(frozen=True, kw_only=kw_only)(cls)
        cls._declare()

    def __post_init__(self) -> None:
        """Check all fields; NumPy scalars become plain ones."""
        for name in self._parameter_defaults:
            object.__setattr__(self, name, plain_scalar(getattr(self, name)))
        self._check_parameters()


def _equal(first: object, second: object) -> bool:
    return first is second or (type(first) is type(second) and bool(first == second))
