"""Side information of items, checked and turned into slots for the kernels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

import numpy as np

from nearfield.arrays import aligned_table
from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, SideRoom, Slots
from nearfield.errors import BadInput
from nearfield.vocabulary import Vocabulary

Side = Mapping[str, Mapping[str, str | Iterable[str]]]
ITEM = "item"  # the name of an item's own slot


class ItemSlots:
    """The slots of the first `n_keys` items of a vocabulary, and the attention that is learnt over them.

    Parameters
    ----------
    vocabulary : Vocabulary
    n_keys : int
    side : mapping of field to mapping of item to value or values
    values : sequence of str
        "field=value" of those that have rows already; what comes with the side information gets rows behind theirs.

    Attributes
    ----------
    fields : list of str
        The names of the fields, as given.
    values : list of str
        "field=value" of each side row, in the order of rows behind those of the items.
    offsets : ndarray of int64, shape (n_keys + 1,)
        The slots of each item.
    field_of : ndarray of int32, shape (n_slots,)
        The field of each slot; -1 for an item's own.
    value_offsets, rows : ndarray of int64, shape (n_slots + 1,); of int32
        The input rows of each slot's values.
    attention : ndarray of float32, shape (n_slots,)
        The a of equation 6.
    """

    def __init__(self, vocabulary: Vocabulary, n_keys: int, side: Side, values: Sequence[str] = ()) -> None:
        self.fields = checked_fields(side)
        self.row_of = {name: n_keys + i for i, name in enumerate(values)}
        slots: list[tuple[int, list[int]]] = []
        self.offsets = np.zeros(n_keys + 1, np.int64)
        for item, key in enumerate(vocabulary.keys[:n_keys]):
            slots.append((-1, [item]))
            for number, field in enumerate(self.fields):
                found = values_of(side[field].get(key), field, key)
                rows = [self.row_of.setdefault(name, n_keys + len(self.row_of)) for name in found]
                if rows:
                    slots.append((number, rows))
            self.offsets[item + 1] = len(slots)
        if not self.row_of:
            raise BadInput(
                f"none of the {n_keys:,} items has a value in {', '.join(self.fields)}; expected keys such as"
                f" {vocabulary.keys[0]!r}"
            )
        self.n_keys = n_keys
        self.values = list(self.row_of)
        self.field_of = np.array([field for field, _ in slots], np.int32)
        self.value_offsets = np.concatenate([[0], np.cumsum([len(rows) for _, rows in slots], dtype=np.int64)])
        self.rows = np.array([row for _, rows in slots for row in rows], np.int32)
        self.attention = np.zeros(len(slots), np.float32)

    @property
    def most(self) -> int:
        """Slots of the item that has most."""
        return int(np.diff(self.offsets).max())

    def addresses(self, *, learn: bool) -> Slots:
        """What the kernels are given."""
        return Slots(
            offsets=self.offsets.ctypes.data,
            value_offsets=self.value_offsets.ctypes.data,
            values=self.rows.ctypes.data,
            attention=self.attention.ctypes.data,
            learn=learn,
            most=self.most,
        )

    def carried(self) -> tuple[np.ndarray, np.ndarray]:
        """Return items and the numbers of values that they carry, int64, shape (m,) each, field by field."""
        of_value = np.repeat(np.arange(len(self.field_of)), np.diff(self.value_offsets))
        item_of = np.repeat(np.arange(self.n_keys), np.diff(self.offsets))
        is_side = self.field_of[of_value] >= 0
        return item_of[of_value[is_side]], self.rows[is_side].astype(np.int64) - self.n_keys

    def shares(self) -> np.ndarray:
        """Return the share p of each slot in its item, float64, shape (n_slots,)."""
        lengths = np.diff(self.offsets)
        powers = np.exp(self.attention - np.repeat(np.maximum.reduceat(self.attention, self.offsets[:-1]), lengths))
        return powers / np.repeat(np.add.reduceat(powers, self.offsets[:-1]), lengths)

    def hidden(self, table: np.ndarray) -> np.ndarray:
        """Return H of every item, float32, shape (n_keys, dim), from a table of input rows."""
        from scipy.sparse import csr_matrix

        per_value = np.repeat(self.shares() / np.diff(self.value_offsets), np.diff(self.value_offsets))
        within = self.value_offsets[self.offsets]
        mix = csr_matrix((per_value.astype(np.float32), self.rows, within), shape=(self.n_keys, len(table)))
        return np.ascontiguousarray(mix @ table, np.float32)

    def mean_shares(self) -> np.ndarray:
        """Return the mean share of each field where an item has it, float64, shape (n_fields,)."""
        shares, is_field = self.shares(), self.field_of >= 0
        sums = np.bincount(self.field_of[is_field], shares[is_field], len(self.fields))
        return sums / np.maximum(np.bincount(self.field_of[is_field], minlength=len(self.fields)), 1)

    def mean_own_share(self) -> float:
        """Return the mean share of the items' own slots."""
        return float(self.shares()[self.field_of < 0].mean())


def side_of(
    keys: Sequence[str], fields: Iterable[str], values: Sequence[str], carried: tuple[np.ndarray, np.ndarray]
) -> dict[str, dict[str, list[str]]]:
    """Return side information as `ItemSlots` takes it, from what its `carried` says of items with these keys."""
    side: dict[str, dict[str, list[str]]] = {field: {} for field in fields}
    for item, number in zip(*(array.tolist() for array in carried), strict=True):
        field, _, value = values[number].partition("=")
        side[field].setdefault(keys[item], []).append(value)
    return side


class SideMemory:
    """A worker's own memory for the kernel; `addresses` goes there."""

    def __init__(self, window: int, most: int, row_floats: int) -> None:
        self.contexts = np.zeros(2 * window + 1, np.int32)
        self.hidden = aligned_table(INPUTS_AT_ONCE, row_floats)
        self.hidden_list = self.hidden.ctypes.data + self.hidden.strides[0] * np.arange(INPUTS_AT_ONCE)
        self.shares = np.zeros((INPUTS_AT_ONCE, most), np.float32)
        arrays = (self.contexts, self.hidden_list, self.shares)
        self.addresses = SideRoom(*(array.ctypes.data for array in arrays))


def values_of(given: str | Iterable[str] | None, field: str, item: str) -> list[str]:
    """Return "field=value" for each value of an item, each once; none where there is none."""
    if given is None:
        return []
    values: list[object] = [given]
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        values = sorted(given, key=repr) if isinstance(given, Set) else list(given)  # a set has no order of its own
    for value in values:
        if not isinstance(value, str) or not value:
            raise BadInput(f"{field} of item {item!r} is {value!r}; expected a string, or a list of strings")
    return [f"{field}={value}" for value in dict.fromkeys(values)]


def checked_fields(side: Side) -> list[str]:
    """Return the names of the fields; refuse what is no side information."""
    if not isinstance(side, Mapping) or not side:
        raise BadInput(f"side is {side!r:.60}; expected a mapping of field to a mapping of item to value or values")
    for field, values in side.items():
        if not isinstance(field, str) or not field or "=" in field or field == ITEM:
            raise BadInput(f'a field is named {field!r}; expected a name without "=", and another than "{ITEM}"')
        if not isinstance(values, Mapping):
            raise BadInput(f"side[{field!r}] is {values!r:.60}; expected a mapping of item to value or values")
    return list(side)
