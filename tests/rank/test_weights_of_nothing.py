"""Rows without any weight train nothing, whoever is given them."""

import numpy as np
import pytest

import nearfield as nf
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.rank import MODELS


def rows(weights):
    return Examples(
        np.array([0, 1, 0, 1], np.float32),
        np.arange(5),
        np.array([0, 1, 2, 3]),
        weights=None if weights is None else np.array(weights, np.float32),
    )


@pytest.mark.parametrize("name", list(MODELS))
def test_weights_of_0_are_refused(name):
    model = MODELS[name]
    with pytest.raises(BadInput, match="0 of 4 rows have a weight above 0, so that nothing would be trained"):
        model().fit(rows([0, 0, 0, 0]))
    fitted = model(epochs=1, validation_fraction=0).fit(rows([0, 0, 0, 1]))
    with pytest.raises(BadInput, match="0 of 4 rows have a weight above 0"):
        fitted.partial_fit(rows([0, 0, 0, 0]))
    with pytest.raises(BadInput, match="0 of 4 rows have a weight above 0"):
        nf.update(fitted, rows([0, 0, 0, 0]))
