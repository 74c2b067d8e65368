"""Types instead of items: what kind of user chose what kind of item, in one space (Grbovic & Cheng 2018, section 3.2).

Bookings are few and far between, so that most users and items have no vector worth its name; their types have. A
history becomes user type, item type, user type, item type, …: skip-gram over it puts both into one space, where "which
item types suit this user type" is a cosine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nearfield.errors import BadInput
from nearfield.sequences import Sequences


def typed_sequences(sequences: Sequences, user_types: Sequence[str], item_types: Mapping[str, str]) -> Sequences:
    """Turn histories of items into such of types.

    Parameters
    ----------
    sequences : Sequences
        n histories.
    user_types : n keys
        The type of each history's user, such as "user:zh_new_few".
    item_types : mapping of item to its type
        Items without a type are left out.

    Returns
    -------
    Sequences
        n histories, twice as long; to train with an even `window` and `direction="both"`.

    Raises
    ------
    BadInput
        Not one user type for each history; a name that is a type of users and of items.
    """
    if len(user_types) != len(sequences):
        raise BadInput(f"{len(user_types)} user types for {len(sequences)} sequences; expected one each")
    if both := set(user_types) & set(item_types.values()):
        raise BadInput(f"{sorted(both)[0]!r} is a type of users and of items; begin one of them with another word")

    def histories() -> Iterator[list[str]]:
        for i, user_type in enumerate(user_types):
            types = (item_types.get(key) for key in sequences.keys(i))
            yield [one for item_type in types if item_type is not None for one in (user_type, item_type)]

    return Sequences.from_lists(histories())
