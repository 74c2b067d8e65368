"""PecanPy (Liu & Krishnan 2021, doi:10.1093/bioinformatics/btab202) for `graphs.py`; in an environment of its own.

PecanPy 2.0.9 wants another NumPy than we do, so this file imports nothing of ours and speaks through files:

    python -m venv .venv-pecanpy
    .venv-pecanpy/bin/pip install "pecanpy==2.0.9" "numpy<2" "gensim==4.4.0"

`_pecanpy_walks.py FOLDER` reads `edges.tsv` and `settings.json`, does what PecanPy's `embed` does, in its two steps so
that the walks have a time of their own, and writes `vectors.npz` and `answer.json`: times by the clock and of the
processor, and peak memory. Its walking code is compiled anew for every graph, which is a part of its times. In the mode
"gensim" it takes the walks from `walks.txt` by gensim's quickest way in, and trains as for PecanPy.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["NUMBA_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy and Numba are imported

import numpy as np
from gensim.models import Word2Vec
from pecanpy import pecanpy

from _paired import peak_bytes


def learn(folder: Path) -> None:
    settings = json.loads((folder / "settings.json").read_text())
    started = now()
    if settings["mode"] == "gensim":
        walks, walking = {"corpus_file": str(folder / "walks.txt")}, np.zeros(2)
    else:
        walks, walking = walk(folder, settings)
    common = {"sg": 1, "min_count": 0, "workers": 1, "epochs": 1, "seed": 1}
    model = Word2Vec(**walks, vector_size=settings["size"], window=settings["window"], **common)
    times = {"whole": now() - started, "walks": walking}
    np.savez(folder / "vectors.npz", keys=np.array(model.wv.index_to_key), rows=model.wv.vectors)
    answer = {name: seconds.tolist() for name, seconds in times.items()} | {"peak": peak_bytes()}
    (folder / "answer.json").write_text(json.dumps(answer))


def walk(folder: Path, settings: dict) -> tuple[dict, np.ndarray]:
    """Return PecanPy's walks, as gensim's argument, and the time that they took."""
    kind = getattr(pecanpy, settings["mode"])
    graph = kind(p=settings["p"], q=settings["q"], workers=1, verbose=False, random_state=1)
    graph.read_edg(str(folder / "edges.tsv"), weighted=False, directed=False)
    graph.preprocess_transition_probs()
    before = now()
    # its length counts steps, ours nodes
    walks = graph.simulate_walks(settings["num_walks"], settings["length"] - 1)
    return {"sentences": walks}, now() - before


def now() -> np.ndarray:
    return np.array([time.perf_counter(), time.process_time()])


if __name__ == "__main__":
    learn(Path(sys.argv[1]))
