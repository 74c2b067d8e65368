"""The gate: what checks have found decides whether a version is published."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput, Refused


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes
    ----------
    check : str
        Its name.
    passed : bool
    found : float or None
        What was measured; None where there was nothing to measure.
    wanted : str
        In words.
    """

    check: str
    passed: bool
    found: float | None
    wanted: str

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds; a number that it has no name for becomes None."""
        found = None if self.found is None or not math.isfinite(self.found) else float(self.found)
        return {"check": self.check, "passed": bool(self.passed), "found": found, "wanted": self.wanted}

    def __str__(self) -> str:
        found = "not measured" if self.found is None else f"{self.found:.4g}"
        return f"{self.check} is {found}; wanted {self.wanted}"


# what is to be published, and what is current or None → what was found; True or False do, too
Check = Callable[[Any, Any], Finding | bool]


def run_checks(checks: Sequence[Check], new: Any, old: Any) -> list[Finding]:
    """Run all checks; one that raises `BadInput` has failed, and its message says why."""
    return [_run(check, new, old) for check in checks]


def refuse(report: Sequence[Finding]) -> None:
    """Raise `Refused` where a check has failed."""
    failed = [str(finding) for finding in report if not finding.passed]
    if failed:
        raise Refused(f"not published: {'; '.join(failed)} (force publishes it all the same)", report)


def _run(check: Check, new: Any, old: Any) -> Finding:
    name = getattr(check, "__name__", type(check).__name__)
    try:
        found = check(new, old)
    except BadInput as error:
        return Finding(name, False, None, f"no error, but: {error}")
    if isinstance(found, Finding):
        return found
    if not isinstance(found, bool | np.bool_):
        raise BadInput(f"the check {name} returned {found!r:.40}; expected True, False or a Finding")
    return Finding(name, bool(found), float(found), "True")
