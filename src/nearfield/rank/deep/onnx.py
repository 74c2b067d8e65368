"""Deep rankers as ONNX: a file that ONNX Runtime predicts with, without this library and without PyTorch.

Inputs, n rows of L entries at most, shorter ones padded behind:

    features   int64, (n, L)     the number of each entry's feature; 0 in the padding
    fields     int64, (n, L)     the number of its field; -1 in the padding
    values     float32, (n, L)   as in the rows: the units of `scales_` are part of the file

Output `prediction`, float32, (n,): the probability of label 1, the value, or the score, as `foretell` returns it. The
names of features and fields, one a line, by their number, are in the metadata `features` and `fields` as JSON.
"""

from __future__ import annotations

import copy
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from nearfield.errors import BadInput, import_extra
from nearfield.examples import Examples
from nearfield.files import atomic_file
from nearfield.rank.deep.tables import FtrlTable

INPUTS = ("features", "fields", "values")
OUTPUT = "prediction"
OPSET = 18
LARGEST = 2 * 10**9  # bytes of a protobuf message


class Predictor(nn.Module):  # type: ignore[misc]
    """A fitted ranker as one module over the inputs above: dense operations only, that ONNX has."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        learner, layout = model.learner_, model.learner_.layout
        network, size = learner.network, model.space_.size
        scales = model.scales_[:, 0] if "scales_" in model.__dict__ else np.ones(size, np.float32)
        self.loss, self.n_deep, self.longest = model.loss, layout.n_deep, model.history_length
        mean, deviation = model.targets_ if model.loss == "squared" else (0.0, 1.0)
        self.mean, self.deviation = float(mean), float(deviation)
        weights = np.zeros(size, np.float32)
        if network.linear is not None:
            table = network.linear.weights
            weights = (table() if callable(table) else table[:, 0]).detach().cpu().numpy()
        bias = network.linear.bias().item() if isinstance(network.linear, FtrlTable) else 0.0
        # the last place stands for padding, and for fields that a part does not see
        self.register_buffer("scales", _tensor(scales))
        self.register_buffer("weights", _tensor(weights))
        self.register_buffer("bias", torch.tensor(float(bias)))
        self.register_buffer("wide", _tensor(np.append(layout.wide, False).astype(np.float32)))
        if self.n_deep:
            places = np.append(np.where(layout.deep < 0, self.n_deep, layout.deep), self.n_deep)
            self.register_buffer("places", _tensor(places.astype(np.int64)))
            self.register_buffer("embeddings", _tensor(model.embeddings_.copy()))
            layers = copy.deepcopy(network.layers)  # so that the ranker stays where it is, and as it is
            self.head, self.poolers = layers["head"], layers["poolers"]
            self.histories = layout.histories

    def forward(self, features: torch.Tensor, fields: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Predict, see above."""
        scales = self.scales[features]
        scaled = torch.where(scales > 0, values / torch.where(scales > 0, scales, 1.0), torch.sign(values))
        present = (fields >= 0).to(values.dtype)
        known = torch.where(fields >= 0, fields, len(self.wide) - 1)
        score = self.bias + (self.weights[features] * scaled * present * self.wide[known]).sum(dim=1)
        if self.n_deep:
            score = score + self.head(self._fields(features, self.places[known], scaled))
        if self.loss == "logistic":
            return torch.sigmoid(score)
        return self.mean + self.deviation * score if self.loss == "squared" else score

    def _fields(self, features: torch.Tensor, places: torch.Tensor, scaled: torch.Tensor) -> torch.Tensor:
        """The vector of each field that the layers see, (n, n_deep, dim)."""
        entries = self.embeddings[features] * scaled.unsqueeze(2)
        within = (places.unsqueeze(1) == torch.arange(self.n_deep).view(1, -1, 1)).to(scaled.dtype)
        vectors = torch.matmul(within, entries) / within.sum(dim=2, keepdim=True).clamp(min=1.0)
        if not len(self.poolers):
            return vectors
        parts = list(vectors.unbind(1))
        for (place, candidate), pool in zip(self.histories, self.poolers, strict=True):
            own = within[:, place]
            behind = own.sum(dim=1, keepdim=True) - own.cumsum(dim=1)  # entries of the history after each
            last = own * (behind < self.longest).to(own.dtype)
            parts[place] = self._attended(pool, entries, last, parts[candidate])
        return torch.stack(parts, dim=1)

    def _attended(self, pool: Any, entries: torch.Tensor, last: torch.Tensor, candidate: torch.Tensor) -> torch.Tensor:
        """What `pooling.Attention` makes of the entries that `last` marks, wherever they stand."""
        beside = candidate.unsqueeze(1).expand_as(entries)
        hidden = pool.activation(pool.hidden(torch.cat([entries, entries * beside, beside], dim=2)))
        return (pool.out(hidden) * last.unsqueeze(2) * entries).sum(dim=1)


def write_onnx(model: Any, path: Path) -> str:
    """Write a deep ranker; return what goes in and comes out, in one line. Errors as of `export.export_ranker`."""
    if model.histories and model.pooling in ("gru", "lstm"):
        raise BadInput(f"pooling {model.pooling!r} cannot be exported to ONNX; expected 'mean' or 'attention'")
    n_bytes = 4 * model.space_.size * (model.vector_size + 2)
    if n_bytes > LARGEST:
        raise BadInput(f"the embeddings take {n_bytes / 1e9:.1f} GB; an ONNX file holds {LARGEST / 1e9:.1f} GB")
    onnx = import_extra("onnx", "onnx")
    import_extra("onnxscript", "onnx")
    predictor = Predictor(model).eval().cpu()
    example = (torch.zeros(2, 3, dtype=torch.int64), torch.zeros(2, 3, dtype=torch.int64), torch.ones(2, 3))
    shapes = {0: torch.export.Dim("rows"), 1: torch.export.Dim("entries")}
    with atomic_file(path) as temporary, _quiet(), torch.no_grad():
        program = torch.onnx.export(
            predictor, example, input_names=list(INPUTS), output_names=[OUTPUT], opset_version=OPSET,
            dynamic_shapes=tuple(shapes for _ in INPUTS), dynamo=True, verbose=False,
        )  # fmt: skip
        content = program.model_proto
        names = model.space_.names
        described = {
            "model": type(model).__name__, "loss": model.loss, "fields": json.dumps(list(model.space_.fields)),
            "features": json.dumps(None if names is None else list(names)),
        }  # fmt: skip
        onnx.helper.set_model_props(content, described)
        onnx.checker.check_model(content)
        temporary.write_bytes(content.SerializeToString())
    return (
        "inputs features and fields (int64) and values (float32), each (rows, entries), padded by features 0 and fields"
        f" -1; output {OUTPUT}, float32, (rows,)"
    )


def onnx_inputs(examples: Examples) -> dict[str, np.ndarray]:
    """Return rows as the inputs of an exported model: features and fields, int64, and values, float32, (n, L)."""
    lengths = np.diff(examples.indptr)
    columns = np.arange(max(1, int(lengths.max(initial=0))))
    within = columns < lengths[:, None]
    places = np.where(within, np.asarray(examples.indptr)[:-1, None] + columns, 0)
    if not len(examples.features):
        return {
            "features": np.zeros(places.shape, np.int64), "fields": np.full(places.shape, -1),
            "values": np.zeros(places.shape, np.float32),
        }  # fmt: skip
    return {
        "features": np.where(within, examples.features[places], 0).astype(np.int64),
        "fields": np.where(within, examples.entry_fields[places], -1).astype(np.int64),
        "values": np.where(within, examples.entry_values[places], 0).astype(np.float32),
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks about itself from the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
