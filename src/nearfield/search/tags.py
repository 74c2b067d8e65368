"""Search by tags that forgives tags that are missing: a tag is asked together with the tags that are near to it.

People tag sparsely and each in their own words, so that asking for the exact tag misses part of what belongs to it.
Every tag gets a vector among those of the items; a query is widened to the tags nearest to it, and what carries any of
them is ranked around their mean. Widened by none, it is the exact match.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np

from nearfield.arithmetic import nearest
from nearfield.errors import BadInput
from nearfield.files import atomic_folder, read_config, reads_whole_folder, write_config
from nearfield.formats import native
from nearfield.formats.safetensors import read_arrays, write_arrays
from nearfield.parameters import AtLeast, Count, checks_arguments
from nearfield.queries import Neighbours, named
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys, as_list

KIND = "tag_search"
FORMAT_VERSION = 1
ITEMS, TAGS, CARRIED = "items", "tags", "carried.safetensors"


class TagSearch:
    """Answers which items belong to tags.

    Parameters
    ----------
    vectors : Vectors
        Of items.
    tags : mapping of item to its tag or tags
        Items without a vector are left out.
    tag_vectors : Vectors, optional
        Of tags, in the space of the items: learnt from sequences that hold both (`embed.tagged_sequences`). A tag
        without one, or every tag if this is not given, gets the mean of the unit rows of the items that carry it.

    Attributes
    ----------
    vectors : Vectors
    tag_vectors : Vectors
        Of all tags, at length 1; counts say how many items carry each.

    Raises
    ------
    BadInput
        No item with a vector has a tag; a tag that is no string or empty; tag vectors of other dimensions.
    """

    @checks_arguments
    def __init__(self, vectors: Vectors, tags: Mapping[str, Keys], *, tag_vectors: Vectors | None = None) -> None:
        if tag_vectors is not None and tag_vectors.dim != vectors.dim:
            raise BadInput(f"tag_vectors have {tag_vectors.dim} dimensions, the items {vectors.dim}; expected the same")
        carried = {item: dict.fromkeys(_checked(item, given)) for item, given in tags.items() if item in vectors}
        counts = Counter(tag for given in carried.values() for tag in given)
        if not counts:
            raise BadInput(f"none of {len(tags):,} items has a vector and a tag; expected items by the keys of vectors")
        names = sorted(
            {*counts, *(() if tag_vectors is None else tag_vectors.keys)}, key=lambda tag: (-counts[tag], tag)
        )
        place = {tag: i for i, tag in enumerate(names)}
        pairs = np.array(
            [(place[tag], vectors.vocabulary[item]) for item, given in carried.items() for tag in given], np.int64
        )
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        self.vectors = vectors
        self._items = np.ascontiguousarray(pairs[:, 1])
        self._offsets = np.searchsorted(pairs[:, 0], np.arange(len(names) + 1))
        rows = self._means()
        if tag_vectors is not None:
            rows[[place[tag] for tag in tag_vectors.keys]] = tag_vectors.input
        self.tag_vectors = Vectors(names, rows, counts=np.diff(self._offsets)).normalized()

    @checks_arguments
    def search(
        self,
        tags: Keys,
        k: Count = 10,
        *,
        minus: Keys = (),
        expand: Annotated[int, AtLeast(0)] = 3,
        exclude: Keys = (),
        untagged: bool = False,
    ) -> Neighbours:
        """Return the k items that belong to any of some tags, the best first.

        Parameters
        ----------
        tags : str or list of str
        k : int
        minus : str or list of str
            Tags to go away from. Items that carry any of them are left out.
        expand : int
            So many of the tags nearest to the mean of `tags`, less those of `minus`, are asked, too, if their cosine
            with it is above 0. With 0 only items that carry one of `tags` are found: the exact match.
        exclude : str or list of str
            Items to leave out. They need not be known.
        untagged : bool
            Whether items without any tag may be found, by nearness alone.

        Returns
        -------
        list of (item, score)
            The score is the cosine with the mean of the tags' unit rows, in which the tags asked for weigh 1, those of
            `minus` -1, the others as much as their cosine with the mean of these.

        Raises
        ------
        UnknownKey
            A tag that is not known; the message names the nearest that are.
        BadInput
            No tag, k below 1, expand below 0; a tag that is asked for and in `minus`; tags whose mean is zero.
        """
        asked, away = (self.tag_vectors.vocabulary.ids(as_list(given)) for given in (tags, minus))
        if not len(asked):
            raise BadInput("no tag is asked for; expected at least one")
        if both := set(as_list(tags)) & set(as_list(minus)):
            raise BadInput(f"tag {min(both)!r} is asked for and in minus; expected it in one of them")
        nearest_tags = self.nearest_tags(tags, expand, minus=minus) if expand else []
        near = [(tag, cosine) for tag, cosine in nearest_tags if cosine > 0]
        wider = self.tag_vectors.vocabulary.ids(tag for tag, _ in near)
        weights = np.array([1.0] * len(asked) + [cosine for _, cosine in near] + [-1.0] * len(away), np.float32)
        query = weights @ self.tag_vectors.input_table[np.concatenate([asked, wider, away])]
        carrying = self._carrying(np.concatenate([asked, wider]), untagged)
        allow = np.setdiff1d(carrying, self._carrying(away, untagged=False))
        out = [self.vectors.vocabulary.known(as_list(exclude))]
        return named(self.vectors.vocabulary, *nearest(self.vectors.input_table, query[None], k, out, allow))[0]

    @checks_arguments
    def nearest_tags(self, tags: Keys, k: Count = 10, *, minus: Keys = ()) -> Neighbours:
        """Return the k tags nearest to one or the mean of several, less others, as (tag, cosine); `UnknownKey`."""
        return self.tag_vectors.similar(tags, k=k, minus=minus)

    def items(self, tag: str) -> list[str]:
        """Return the items that carry a tag; may raise `UnknownKey`."""
        ids = self._carrying(self.tag_vectors.vocabulary.ids([tag]), untagged=False)
        return [self.vectors.keys[i] for i in ids.tolist()]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a folder: the vectors of items and tags and who carries what; whole or not at all."""
        with atomic_folder(path) as folder:
            native.write(self.vectors, folder / ITEMS)
            native.write(self.tag_vectors, folder / TAGS)
            write_arrays(folder / CARRIED, {"offsets": self._offsets, "items": self._items})
            write_config(folder, KIND, FORMAT_VERSION, {"items": len(self.vectors), "tags": len(self.tag_vectors)})

    @classmethod
    @reads_whole_folder
    def load(cls, path: str | os.PathLike[str]) -> TagSearch:
        """Open what `save` wrote; a damaged folder raises `BadInput`."""
        folder = Path(path)
        read_config(folder, KIND, FORMAT_VERSION)
        loaded = cls.__new__(cls)
        loaded.vectors, loaded.tag_vectors = native.read(folder / ITEMS), native.read(folder / TAGS)
        loaded._offsets, loaded._items = _read_carried(folder / CARRIED, len(loaded.tag_vectors), len(loaded.vectors))
        if loaded.tag_vectors.dim != loaded.vectors.dim:
            raise BadInput(f"{folder}: items and tags differ in dimensions; the folder is damaged")
        return loaded

    def __repr__(self) -> str:
        return f"TagSearch({len(self.tag_vectors):,} tags of {len(self.vectors):,} items)"

    def _means(self) -> np.ndarray:
        """The mean of the unit rows of the items that carry each tag, float32; zeros where none does."""
        from scipy.sparse import csr_array

        counts = np.diff(self._offsets)
        shares = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        carried = csr_array((shares, self._items, self._offsets), shape=(len(counts), len(self.vectors)))
        return np.asarray(carried @ self.vectors.normalized().input, np.float32)

    def _carrying(self, tags: np.ndarray, untagged: bool) -> np.ndarray:
        """The ids of the items that carry any of some tags, or, if wanted, none at all."""
        found = [self._items[self._offsets[i] : self._offsets[i + 1]] for i in tags.tolist()]
        if untagged:
            found.append(np.setdiff1d(np.arange(len(self.vectors)), self._items))
        return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def _checked(item: str, given: Keys) -> list[str]:
    tags = as_list(given)
    for tag in tags:
        if not isinstance(tag, str) or not tag:
            raise BadInput(f"item {item!r} has the tag {tag!r}; expected a string that is not empty")
    return tags


def _read_carried(file: Path, n_tags: int, n_items: int) -> tuple[np.ndarray, np.ndarray]:
    if not file.is_file():
        raise BadInput(f"{file}: is missing; the folder is damaged")
    arrays: Mapping[str, np.ndarray] = read_arrays(file, mmap=False)
    empty: Sequence[int] = ()
    offsets, items = (np.asarray(arrays.get(name, empty)) for name in ("offsets", "items"))
    fits = offsets.shape == (n_tags + 1,) and offsets[0] == 0 and offsets[-1] == len(items) and items.ndim == 1
    if not fits or np.any(np.diff(offsets) < 0) or np.any((items < 0) | (items >= n_items)):
        raise BadInput(f"{file}: does not fit {n_tags:,} tags of {n_items:,} items; the folder is damaged")
    return offsets, items
