"""Tags and items in one space: histories of items in which each item is announced by its tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nearfield.errors import BadInput
from nearfield.sequences import Sequences
from nearfield.vocabulary import Keys, as_list


def tagged_sequences(sequences: Sequences, tags: Mapping[str, Keys]) -> Sequences:
    """Put the tags of each item before it: a, b becomes tags of a, a, tags of b, b.

    Trained with `direction="both"`, a tag comes near the items that carry it and those that go with them.

    Parameters
    ----------
    sequences : Sequences
        n histories.
    tags : mapping of item to its tag or tags
        Items without a tag stand alone.

    Returns
    -------
    Sequences
        n histories.

    Raises
    ------
    BadInput
        A name that is a tag and an item.
    """
    known = {item: as_list(given) for item, given in tags.items()}
    if both := {tag for given in known.values() for tag in given}.intersection(sequences.vocabulary):
        raise BadInput(f"{min(both)!r} is a tag and an item; begin tags with a word, such as 'tag:'")

    def histories() -> Iterator[list[str]]:
        for i in range(len(sequences)):
            yield [name for item in sequences.keys(i) for name in (*known.get(item, ()), item)]

    return Sequences.from_lists(histories())
