"""Does spectral propagation help when few nodes are labelled?

    python docs/studies/few_labels/run.py

Vectors of the papers of Cora and Citeseer by citations alone, with and without spectral propagation; a logistic
regression over rows of length 1 learns the field of papers from 1 to 20 labelled papers a field, all from the public
split's 20, and from all papers that are not for the test. Accuracy on the public split's 1,000 test papers. Writes
`table.md` beside this file; some minutes on one core.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

import nearfield as nf
from nearfield.datasets import planetoid

HERE = Path(__file__).parent
LABELLED = (1, 2, 5, 10, 20)  # papers a field
DRAWS = 20  # of fewer than 20 papers a field
SEEDS = range(1, 6)  # of the vectors
DIM = 128
DEEPWALK = {"num_walks": 20, "walk_length": 40, "workers": 1}


def classes_of(graph: nf.Graph, keys: list[str]) -> np.ndarray:
    """Return the one label of each node."""
    return np.array([graph.labels_of(key)[0] for key in keys])


def accuracy(vectors: nf.Vectors, train: list[str], test: list[str], graph: nf.Graph) -> float:
    """Return the share of test nodes whose label is predicted; nodes without a vector have a row of zeros."""
    tables = []
    for keys in (train, test):
        rows = np.zeros((len(keys), vectors.dim), np.float32)
        known = [i for i, key in enumerate(keys) if key in vectors]
        rows[known] = vectors.normalized()[[keys[i] for i in known]]
        tables.append(rows)
    model = LogisticRegression(C=10, max_iter=1000).fit(tables[0], classes_of(graph, train))
    return float(np.mean(model.predict(tables[1]) == classes_of(graph, test)))


def choices(case: planetoid.Planetoid, labelled: int | None) -> list[list[str]]:
    """Return lists of training nodes: so many of each field, drawn from the public split's, or all but the test's."""
    if labelled is None:
        test = set(case.test)
        return [[key for key in case.graph.keys if key not in test and case.graph.labels_of(key)]]
    fields: dict[str, list[str]] = {}
    for key in case.train:
        fields.setdefault(case.graph.labels_of(key)[0], []).append(key)
    draws = 1 if labelled == max(LABELLED) else DRAWS
    random = np.random.default_rng(labelled)
    return [
        [key for keys in fields.values() for key in random.choice(keys, labelled, replace=False).tolist()]
        for _ in range(draws)
    ]


def main() -> None:
    """Measure, and write the table."""
    lines = [
        "| set, vectors | " + " | ".join(f"{n} a field" for n in LABELLED) + " | all but the test |",
        "| --- |" + " ---: |" * (len(LABELLED) + 1),
    ]
    for name in planetoid.NAMES:
        case = planetoid.load(name)
        kinds: dict[str, list[nf.Vectors]] = {}
        for seed in SEEDS:
            plain = nf.DeepWalk(vector_size=DIM, seed=seed, verbose=False, **DEEPWALK).fit(case.graph).vectors_
            kinds.setdefault("DeepWalk", []).append(plain)
            kinds.setdefault("DeepWalk, propagated", []).append(nf.spectral_propagation(plain, case.graph))
            for propagate, kind in ((False, "ProNE without its filter"), (True, "ProNE")):
                model = nf.ProNE(vector_size=DIM, seed=seed, propagate=propagate, verbose=False).fit(case.graph)
                kinds.setdefault(kind, []).append(model.vectors_)
        for kind, fitted in kinds.items():
            cells = []
            for labelled in (*LABELLED, None):
                scores = [
                    np.mean(
                        [accuracy(vectors, train, list(case.test), case.graph) for train in choices(case, labelled)]
                    )
                    for vectors in fitted
                ]
                cells.append(f"{np.mean(scores):.3f} ± {np.std(scores):.3f}")
            lines.append(f"| {name.capitalize()}, {kind} | " + " | ".join(cells) + " |")
            print(lines[-1], flush=True)
    (HERE / "table.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
