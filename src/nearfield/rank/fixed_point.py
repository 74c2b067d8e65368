"""Weights in two bytes each, to serve a linear model from (McMahan et al., KDD 2013, section 4.1)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import numpy as np

from nearfield.arrays import mapped
from nearfield.errors import BadInput
from nearfield.examples import Examples
from nearfield.feature_space import FeatureSpace, read_space, space_config, write_space
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.rank.row_sums import row_sums

KIND = "fixed point"
FORMAT_VERSION = 2
MOST = 13  # bits behind the point: q2.13, the paper's, has a sign, two bits before the point, thirteen behind it


def fraction_bits(weights: np.ndarray) -> int:
    """Return how many bits behind the point the largest weight leaves: 13 up to ±4, 12 up to ±8, …"""
    largest = float(np.abs(weights).max(initial=0))
    return next((bits for bits in range(MOST, 0, -1) if largest * 2**bits < 2**15 - 1), 0)


def to_fixed_point(weights: np.ndarray, bits: int, random: np.random.Generator) -> np.ndarray:
    """Return ⌊2ᵇ w + R⌋, R drawn evenly from [0, 1), as int16: on average the weight, where there is room."""
    codes = np.floor(np.asarray(weights, np.float64) * 2**bits + random.random(len(weights)))
    return np.clip(codes, -(2**15), 2**15 - 1).astype(np.int16)


class FixedPointModel:
    """A linear model to predict by: it cannot go on learning, and takes two bytes a feature.

    Parameters
    ----------
    codes : ndarray of int16, shape (n_features,)
        Weights times 2 to the `bits`, in units of `deviation`.
    bits : int
        How many bits stand behind the point.
    bias : float
    loss : {"logistic", "squared", "pairwise", "lambdarank"}
    space : FeatureSpace
    scales : ndarray of float32, shape (n_features,), optional
        What values are divided by before they are weighted; without them values are 1, or weighted as they are.
    deviation : float
        The unit of weights: that of the targets with the squared loss, else 1.
    """

    def __init__(
        self,
        codes: np.ndarray,
        bits: int,
        bias: float,
        loss: str,
        space: FeatureSpace,
        scales: np.ndarray | None = None,
        deviation: float = 1.0,
    ) -> None:
        if codes.dtype != np.int16 or codes.shape != (space.size,):
            raise BadInput(f"codes are {codes.dtype} {codes.shape}; expected int16 ({space.size},)")
        if scales is not None and (scales.dtype != np.float32 or scales.shape != (space.size,)):
            raise BadInput(f"scales are {scales.dtype} {scales.shape}; expected float32 ({space.size},)")
        self.codes, self.bits, self.bias, self.loss, self.space = codes, bits, bias, loss, space
        self.scales, self.deviation = scales, deviation

    def predict_proba(self, examples: Examples) -> np.ndarray:
        """Return the probabilities of label 0 and of label 1, float32, shape (n, 2)."""
        if self.loss != "logistic":
            raise BadInput(f"predict_proba needs loss='logistic'; this model has {self.loss!r}, so ask predict")
        p = 1 / (1 + np.exp(-self._scores(examples)))
        return np.stack([1 - p, p], axis=1).astype(np.float32)

    def predict(self, examples: Examples) -> np.ndarray:
        """Return the likelier label, 0 or 1, or with other losses the value or score; float32, shape (n,)."""
        scores = self._scores(examples)
        return (scores > 0 if self.loss == "logistic" else scores).astype(np.float32)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder, with the weights that are not 0; whole or not at all."""
        features = np.flatnonzero(self.codes)
        with atomic_folder(path) as folder:
            np.save(folder / "features.npy", features)
            np.save(folder / "codes.npy", self.codes[features])
            if self.scales is not None:
                np.save(folder / "scales.npy", self.scales[features])
            write_space(folder, self.space)
            content = {"fraction_bits": self.bits, "bias": self.bias, "loss": self.loss} | space_config(self.space)
            content |= {"scaled": self.scales is not None, "deviation": self.deviation}
            write_config(folder, KIND, FORMAT_VERSION, content)

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote."""
        folder = Path(path)
        config = read_config(folder, KIND, FORMAT_VERSION)
        space = read_space(folder, config)
        bits, bias, loss = (config.get(name) for name in ("fraction_bits", "bias", "loss"))
        if not isinstance(bits, int) or not 0 <= bits <= MOST or not isinstance(bias, float):
            raise BadInput(f"{folder / 'config.json'}: fraction_bits is {bits!r}, bias {bias!r}; the folder is damaged")
        if loss not in ("logistic", "squared", "pairwise", "lambdarank"):
            raise BadInput(f"{folder / 'config.json'}: loss is {loss!r}; the folder is damaged")
        features, saved = mapped(folder / "features.npy"), mapped(folder / "codes.npy")
        within = features.shape == saved.shape and features.dtype == np.int64 and saved.dtype == np.int16
        if not within or (len(features) and not 0 <= features.min() <= features.max() < space.size):
            raise BadInput(f"{folder / 'features.npy'}: does not fit codes.npy or the space; the folder is damaged")
        deviation, scaled = config.get("deviation"), config.get("scaled")
        if not isinstance(deviation, float) or not np.isfinite(deviation) or not isinstance(scaled, bool):
            raise BadInput(
                f"{folder / 'config.json'}: deviation is {deviation!r}, scaled {scaled!r}; the folder is damaged"
            )
        codes, scales = np.zeros(space.size, np.int16), np.ones(space.size, np.float32) if scaled else None
        codes[features] = saved
        if scales is not None:
            values = mapped(folder / "scales.npy")
            if values.shape != features.shape or values.dtype != np.float32 or not np.all(values > 0):
                raise BadInput(f"{folder / 'scales.npy'}: does not fit features.npy; the folder is damaged")
            scales[features] = values
        return cls(codes, bits, bias, loss, space, scales, deviation)

    def _scores(self, examples: Examples) -> np.ndarray:
        if not examples.space.begins(self.space):
            examples = examples.in_space(self.space)
        weights = self.codes[examples.features] / 2**self.bits
        if self.scales is not None:
            weights /= self.scales[examples.features]
        shares = weights if examples.values is None else weights * examples.values
        return self.deviation * row_sums(examples, shares) + self.bias
