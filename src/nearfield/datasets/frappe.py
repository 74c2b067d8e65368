"""Frappe, a part: which app was used in which context, and which was not (Baltrunas et al. 2015, arXiv:1505.03014).

Ten fields, one feature each; two rows that were never seen are drawn for each that was. The training part of 202,027
rows could not be had: what trains here is the part made for validation. Figures published for the whole do not carry
over.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nearfield.datasets.location import find
from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace

N_FIELDS = 10
SPACE = FeatureSpace(5_382, tuple(f"field {i}" for i in range(N_FIELDS)))  # of the whole set; fields have no names


class Frappe(NamedTuple):
    """What was made for validation, 57,722 rows, and the test part, 28,860, in one space; label 1 for what was used."""

    train: Examples
    test: Examples


def load() -> Frappe:
    """Read both parts; raise `DatasetNotFound` where they are not here."""
    folder = find("frappe_part")
    return Frappe(_read(folder / "frappe.validation.libfm.gz"), _read(folder / "frappe.test.libfm.gz"))


def _read(path: Path) -> Examples:
    """Read `label feature:1 …`; a feature's place in the row is its field."""
    with gzip.open(path, "rt") as file:
        rows = [line.split() for line in file]
    if wrong := [i for i, row in enumerate(rows) if len(row) != 1 + N_FIELDS]:
        found = len(rows[wrong[0]]) - 1
        raise BadInput(f"{path}:{wrong[0] + 1}: has {found} features; expected the {N_FIELDS} of Frappe")
    labels = np.array([float(row[0]) > 0 for row in rows], np.float32)
    features = np.array([int(entry.partition(":")[0]) for row in rows for entry in row[1:]], np.int32)
    fields = np.tile(np.arange(N_FIELDS, dtype=np.int32), len(rows))
    return Examples(labels, np.arange(len(rows) + 1) * N_FIELDS, features, fields, space=SPACE)
