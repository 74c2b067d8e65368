"""The part that every estimator shares: parameters that are stored, read and set by name, as scikit-learn does it."""

from __future__ import annotations

import inspect
from typing import Any, Self

from nearfield.errors import BadInput, NotFitted


class Estimator:
    """Base of all estimators: the constructor only stores its keyword-only arguments, `fit` learns.

    What `fit` learns ends in `_`. `sklearn.base.clone` works on any subclass.
    """

    @classmethod
    def _parameters(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments by name."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set some of the constructor's arguments; an unknown name raises `BadInput`."""
        known = self._parameters()
        for name, value in params.items():
            if name not in known:
                raise BadInput(f"{type(self).__name__} has no parameter {name!r}; it has: {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [f"{k}={v!r}" for k, v in self.get_params().items() if v != defaults[k].default]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("_"):
            raise NotFitted(f"{type(self).__name__} has no {name} yet; call fit first")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
