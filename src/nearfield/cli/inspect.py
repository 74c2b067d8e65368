"""`nearfield inspect`: what a folder or a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli.arguments import spread
from nearfield.cli.output import AsJson, print_facts
from nearfield.cli.reading_vectors import VectorOptions

if TYPE_CHECKING:
    from nearfield.examples import Examples
    from nearfield.graph import Graph
    from nearfield.sequences import Sequences
    from nearfield.vectors import Vectors

HEAD = 10
FLOAT32_BYTES, INT32_BYTES, INT64_BYTES = 4, 4, 8


@spread(VectorOptions)
def inspect(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="Vectors in any known format (- is standard input), or what was saved."),
    ],
    vector_size: Annotated[
        int, typer.Option(min=1, metavar="N", help="For examples: numbers of an embedding, to compare memory by.")
    ] = 16,
    as_json: AsJson = False,
    *,
    options: VectorOptions,
) -> None:
    """Print what saved vectors, sequences, a graph, examples, a ranker, a store … hold, how made, and how large."""
    from nearfield.cli.facts import PARTS, folder_facts
    from nearfield.examples import KIND as EXAMPLES
    from nearfield.examples import Examples
    from nearfield.files import saved_kind
    from nearfield.formats import load
    from nearfield.graph import Graph
    from nearfield.graph_storage import KIND as GRAPH
    from nearfield.loading import KINDS
    from nearfield.sequences import KIND as SEQUENCES
    from nearfield.sequences import Sequences

    kind = saved_kind(path)
    if kind == SEQUENCES:
        facts = sequences_facts(Sequences.load(path))
    elif kind == EXAMPLES:
        facts = examples_facts(Examples.load(path), vector_size)
    elif kind == GRAPH:
        facts = graph_facts(Graph.load(path))
    elif kind == "store" or kind in PARTS or kind in set(KINDS) - {"vectors"}:
        facts = folder_facts(path, kind)
    else:
        facts = vectors_facts(load(path, **options.load_options()))
    print_facts({"path": str(path)} | (facts if as_json else readable(facts)), as_json=as_json)


def vectors_facts(vectors: Vectors) -> dict[str, Any]:
    """Say what `vectors` hold; sizes in bytes."""
    from nearfield.reading import reading_of

    counts, tables = vectors.counts, vectors.tables
    return {
        "kind": "vectors",
        "keys": len(vectors),
        "dim": vectors.dim,
        "tables": " and ".join(tables),
        "tokens_counted": None if counts is None else int(counts.sum()),
        "subwords": None if vectors.subwords is None else len(vectors.subwords.table),
        "storage": vectors.storage,
        "bytes": vectors.nbytes,
        # what the same tables took if every key were a row of its own with a single 1
        "bytes_one_hot": len(vectors) ** 2 * FLOAT32_BYTES * len(tables),
        "trained": vectors.metadata.get("trained"),
        "reading": reading_of(vectors),
        "first_keys": list(vectors.keys[:HEAD]),
    }


def sequences_facts(sequences: Sequences) -> dict[str, Any]:
    """Say what `sequences` hold; lengths in tokens."""
    lengths = sequences.offsets[1:] - sequences.offsets[:-1]
    return {
        "kind": "sequences",
        "sequences": len(sequences),
        "tokens": sequences.n_tokens,
        "mean_length": float(lengths.mean()) if len(lengths) else None,
        "longest": int(lengths.max(initial=0)),
        "keys": len(sequences.vocabulary),
        "weights": sequences.weights is not None,
        "times": sequences.times is not None,
        "reading": sequences.reading,
        "first_keys": list(sequences.vocabulary.keys[:HEAD]),
    }


def graph_facts(graph: Graph) -> dict[str, Any]:
    """Say what a graph holds; sizes in bytes."""
    arrays = (graph.indptr, graph.indices, graph.weights)
    degrees = graph.degrees
    return {
        "kind": "graph",
        "nodes": len(graph),
        "edges": graph.n_edges,
        "directed": graph.directed,
        "weighted": graph.weights is not None,
        "mean_degree": float(degrees.mean()),
        "highest_degree": int(degrees.max()),
        "nodes_without_edges": int((degrees == 0).sum()),
        "features": None if graph.features is None else graph.features.shape[1],
        "labels": None if graph.labels is None else len(graph.label_names),
        "reading": graph.reading,
        "bytes": sum(array.nbytes for array in arrays if array is not None),
        "first_keys": list(graph.keys[:HEAD]),
    }


def examples_facts(examples: Examples, vector_size: int) -> dict[str, Any]:
    """Say what `examples` hold, and the memory of three ways to hold it, in bytes.

    One-hot rows with all their zeros; only what is not 0, as compressed rows (CSR: a float32 and an int32 an entry, an
    int64 a row); and dense rows of one embedding a field, beside the table of the embeddings.
    """
    from numpy import unique

    from nearfield.rank.features.hashing import collisions

    n, m, space = len(examples), len(examples.features), examples.space
    crowding = None if space.bits is None else collisions(examples)
    return {
        "kind": "examples",
        "rows": n,
        "mean_label": float(examples.labels.mean()) if n else None,
        "entries": m,
        "fields": list(space.fields),
        "features": space.size,
        "features_used": len(unique(examples.features)),
        "features_collided": None if crowding is None else crowding.collided,
        "density": m / (n * space.size) if n and space.size else None,
        "weights": examples.weights is not None,
        "groups": examples.groups is not None,
        "times": examples.times is not None,
        "bytes_one_hot": n * space.size * FLOAT32_BYTES,
        "bytes_sparse": m * (FLOAT32_BYTES + INT32_BYTES) + (n + 1) * INT64_BYTES,
        "vector_size": vector_size,
        "bytes_embedded": n * len(space.fields) * vector_size * FLOAT32_BYTES,
        "bytes_embeddings": space.size * vector_size * FLOAT32_BYTES,
    }


def readable(facts: dict[str, Any]) -> dict[str, Any]:
    """Turn facts into what fits a table: sizes with units, lists and settings in a line."""
    from nearfield.reading import READING, described

    shown: dict[str, Any] = {}
    if isinstance(facts.get(READING), dict):
        facts = facts | {READING: described(facts[READING])}
    for name, value in facts.items():
        if name.startswith("bytes"):
            shown[name.replace("bytes", "size")] = _size(value)
        elif isinstance(value, list):
            shown[name] = "  ".join(map(str, value))
        elif isinstance(value, dict):
            inner = {f"{name} {inner}": one for inner, one in value.items()}
            shown |= readable({n: one for n, one in inner.items() if isinstance(one, dict)})
            shown |= {n: _short(one) for n, one in inner.items() if not isinstance(one, dict)}
        else:
            shown[name] = value
    return {name.replace("_", " "): value for name, value in shown.items()}


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(f"{one:.4g}" if isinstance(one, float) else str(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else value


def _size(n_bytes: float) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if n_bytes < 1024:
            return f"{n_bytes:,.1f} {unit}" if unit != "bytes" else f"{n_bytes} bytes"
        n_bytes /= 1024
    return f"{n_bytes:,.1f} TiB"
