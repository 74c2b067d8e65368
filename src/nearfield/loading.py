"""`load`: whatever a folder or a file holds, opened by what it says of itself."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.files import reads_whole_folder, saved_kind

# the kind that a folder's config.json names → what reads it; imported when it is asked for, as Numba takes a while
_READERS = {
    "admission": "nearfield.rank:load_admission",
    "calibration": "nearfield.rank:load_calibration",
    "convolution": "nearfield.embed.convolution:load_convolution",
    "examples": "nearfield.examples:Examples.load",
    "fixed point": "nearfield.rank:FixedPointModel.load",
    "graph": "nearfield.graph:Graph.load",
    "phrases": "nearfield.text:Phrases.load",
    "ranker": "nearfield.rank:load_ranker",
    "sequences": "nearfield.sequences:Sequences.load",
    "side information": "nearfield.embed:EGES.load",
    "tag_search": "nearfield.search:TagSearch.load",
    "two-stage recommender": "nearfield.recommend:load_recommender",
}
KINDS = ("vectors", *_READERS)


@reads_whole_folder
def load(path: str | os.PathLike[str], *, format: str | None = None, mmap: bool = True, **options: Any) -> Any:
    """Read what was saved: vectors, a ranker, examples, sequences, a graph, a recommender, and so on.

    Parameters
    ----------
    path : path-like
        Vectors may be in any format of `nearfield.formats`, in a file that may be compressed, a pipe or standard input
        (`-`); all else is a folder that its `save` wrote.
    format : str, optional
        That of vectors. Without it the content decides, then the ending of the name.
    mmap : bool
        Whether the tables of vectors stay on disk until their rows are asked for.
    **options
        How vectors are read: `errors`, `on_bad`, `limit`, `keys`, `encoding`; see `nearfield.formats.load`.

    Returns
    -------
    Vectors, EGES, Ranker, FixedPointModel, Admission, Examples, Sequences, Phrases, Graph, GCN, GraphSAGE, LightGCN,
    TwoStageRecommender or TagSearch

    Raises
    ------
    BadInput
        There is nothing at `path`; it is in no known format, damaged or cut short.
    StorageError
        The operating system refuses.
    """
    reader = None if format else _READERS.get(saved_kind(Path(path)))
    if reader is None:
        from nearfield.formats import load as load_vectors

        return load_vectors(path, format=format, mmap=mmap, **options)
    if options:
        raise BadInput(f"{path}: {', '.join(options)} is for vectors; this is a folder of another kind")
    module, _, names = reader.partition(":")
    found: Any = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found(path)
