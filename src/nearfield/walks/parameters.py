"""What the parameters of walks may be; for `random_walks` and for the estimators that train on walks."""

from __future__ import annotations

from typing import Annotated

from nearfield.parameters import AtLeast, Between

NumWalks = Annotated[int, AtLeast(1, most=2**31 - 1)]
WalkLength = Annotated[int, AtLeast(1, most=1_000_000)]
ReturnOrInOut = Annotated[float, Between(1e-9, 1e9)]  # p and q of node2vec
