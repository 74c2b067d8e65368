"""Lane functions against NumPy."""

import numpy as np
from numba import njit

from nearfield.kernels.elementwise import exponential, inverse_root, sigmoid
from nearfield.kernels.lanes import load, peak, spread, store, store_float, total, totals


@njit
def _apply_sigmoid(source, target):
    store(target, sigmoid(load(source)))


@njit
def _apply_exponential(source, target):
    store(target, exponential(load(source)))


@njit
def _apply_inverse_root(source, target):
    store(target, inverse_root(load(source)))


@njit
def _reductions(source, target):
    x = load(source)
    store(target, totals(x, x + x, x * x, x - spread(np.float32(1)), x / (x + x), load(source)))
    store_float(target + 24, total(x))
    store_float(target + 28, peak(x))


def _applied(function, values):
    source, target = np.array(values, np.float32), np.zeros(8, np.float32)
    function(source.ctypes.data, target.ctypes.data)
    return target


def test_sigmoid():
    for x in np.linspace(-40, 40, 4000).reshape(-1, 8):
        np.testing.assert_allclose(_applied(_apply_sigmoid, x), 1 / (1 + np.exp(-x)), atol=3e-5)
    assert (_applied(_apply_sigmoid, np.zeros(8)) == 0.5).all()


def test_exponential():
    for x in -np.linspace(0, 20, 800).reshape(-1, 8):
        np.testing.assert_allclose(_applied(_apply_exponential, x), np.exp(x), rtol=5e-5)
    assert (_applied(_apply_exponential, np.full(8, -1e30)) < 1e-30).all()


def test_inverse_root():
    for x in np.geomspace(1e-20, 1e30, 4000).astype(np.float32).reshape(-1, 8):
        np.testing.assert_allclose(_applied(_apply_inverse_root, x), 1 / np.sqrt(x.astype(np.float64)), rtol=1e-6)


def test_reductions():
    x = np.arange(1.0, 9.0)
    expected = [x.sum(), (2 * x).sum(), (x * x).sum(), (x - 1).sum(), 4.0, x.sum(), x.sum(), 8.0]
    np.testing.assert_allclose(_applied(_reductions, x), expected, rtol=1e-6)
