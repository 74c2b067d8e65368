"""What a kernel is given: named tuples of numbers and addresses, so that a kernel is compiled once for all callers.

An address is that of an array's first element; who builds a tuple keeps its arrays alive.
"""

from __future__ import annotations

from typing import NamedTuple

from nearfield.kernels.compilation import inlined

INPUTS_AT_ONCE = 16  # input rows in one step
TILE = 6  # output rows in one tile

NEGATIVE, HIERARCHICAL, SOFTMAX = 0, 1, 2


class Block(NamedTuple):
    """A run of sequences.

    tokens : int32, ids; offsets : int64, n_sequences + 1, within `tokens`;
    done : tokens trained on before this block, over all epochs;
    weights : float32, one a token, or 0: all weigh 1;
    first : the number of the first sequence among all.
    """

    tokens: int
    offsets: int
    n_sequences: int
    done: int
    weights: int = 0
    first: int = 0


class Extras(NamedTuple):
    """What the sequences bring beside their tokens; an address of 0: nothing.

    owners : int32, one a sequence: the input row that stands in each of its windows, or -1;
    goals : int32, one a sequence: the key that all of it led to, or -1;
    rejected_offsets, rejected : int64, int32: the keys that each sequence refused, as CSR;
    rejections : how many of them are drawn for a centre; strength : their share of the learning rate;
    group_of : int32, one a key, or -1; group_offsets, group_members : int64, int32: the keys of each group, as CSR;
    group_negative : samples from the centre's own group.
    """

    owners: int = 0
    goals: int = 0
    rejected_offsets: int = 0
    rejected: int = 0
    rejections: int = 0
    group_of: int = 0
    group_offsets: int = 0
    group_members: int = 0
    group_negative: int = 0
    strength: float = 0.0


class Slots(NamedTuple):
    """The slots of items with side information (see `side_information`); an item itself is its first slot.

    offsets : int64, n_keys + 1: the slots of each item;
    value_offsets, values : int64, int32: the input rows of each slot's values, as CSR;
    attention : float32, one a slot; learn : whether it is learnt;
    most : slots of the item that has most.
    """

    offsets: int
    value_offsets: int
    values: int
    attention: int
    learn: bool
    most: int


class SideRoom(NamedTuple):
    """A worker's own memory beside its `Workspace`.

    contexts : int32, the window's items; hidden_list : the rows H of INPUTS_AT_ONCE of them;
    shares : float32, Slots.most for each of these.
    """

    contexts: int
    hidden_list: int
    shares: int


class Anchors(NamedTuple):
    """What holds rows back that were learnt before (see `anchored`).

    input, output : rows of the old tables for the first `known` keys, laid out as those of `Tables`;
    distil : the weight of the old scores as soft targets, 0: none;
    input_rates, output_rates : float32, one a key: the share of its steps that a row takes, 0: it stays bit for bit;
    input_pull, output_pull : rows like the old ones, what pulls each number back there times the learning rate; or 0.
    """

    input: int
    output: int
    known: int
    distil: float
    input_rates: int
    output_rates: int
    input_pull: int
    output_pull: int


class AnchorRoom(NamedTuple):
    """A worker's own memory beside its `Workspace`.

    copies : rows, one an output; outputs : the rows that stand for the outputs, whole tiles: copies or the idle row;
    old_inputs, old_outputs : the old rows of a step's inputs and of the outputs, or the idle row;
    old_hidden : one row, the old tables' hidden row for CBOW; inputs_known : float32, INPUTS_AT_ONCE;
    outputs_known : LANES floats a tile: 1 where an output has an old row, else 0;
    soft : LANES floats for each (tile, input).
    """

    copies: int
    outputs: int
    old_inputs: int
    old_outputs: int
    old_hidden: int
    inputs_known: int
    outputs_known: int
    soft: int


class Tables(NamedTuple):
    """The parameters: float32, rows of `row_bytes`, a multiple of LANE_BYTES.

    The first `hot` output rows are a worker's own copy, which starts at hot_output: rows that every worker writes all
    the time would else travel between the cores' caches.
    """

    input: int
    output: int
    hot_output: int
    hot: int
    row_bytes: int


class Windows(NamedTuple):
    """Which context a centre has, and what is done with it.

    keep : uint32, one a token; it survives subsampling with probability (keep + 1) / 2³², and never where keep is 0.
    """

    keep: int
    size: int
    forward: bool
    cbow: bool
    mean: bool


class Targets(NamedTuple):
    """What a centre's scores are compared with.

    loss : NEGATIVE, HIERARCHICAL or SOFTMAX;
    n_keys : keys that are trained; negative : samples a centre;
    alias : pairs of uint32, `n_keys` of them: the noise distribution;
    path_offsets, path_steps : the Huffman tree as CSR: int64; int32, 2 · node + code.
    """

    loss: int
    n_keys: int
    negative: int
    alias: int
    path_offsets: int
    path_steps: int


class Rate(NamedTuple):
    """The learning rate falls linearly from alpha to min_alpha over `total` tokens."""

    alpha: float
    min_alpha: float
    total: int


class Workspace(NamedTuple):
    """A worker's own memory.

    sentence : int32, the sequence after subsampling;
    contexts : the rows of the window's context words; sums_list : the rows of `sums`;
    outputs, next_outputs : the rows that the centre, and the one after it, are compared with, whole tiles;
    labels, next_labels : LANES floats a tile: what the scores should be (logistic), or what is added to them (softmax);
    errors : LANES floats for each (tile, input);
    weights : float32, one a token of `sentence`;
    extra_outputs, extra_labels : as outputs and labels, for what `Extras` brings;
    hidden : one row; idle : a row of zeros; sums : INPUTS_AT_ONCE rows, where gradients are added up.
    """

    sentence: int
    contexts: int
    sums_list: int
    outputs: int
    next_outputs: int
    labels: int
    next_labels: int
    errors: int
    hidden: int
    idle: int
    sums: int
    weights: int
    extra_outputs: int
    extra_labels: int


@inlined
def input_row(tables, key):  # type: ignore[no-untyped-def]
    """The address of a key's input row."""
    return tables.input + key * tables.row_bytes


@inlined
def output_row(tables, key):  # type: ignore[no-untyped-def]
    """The address of a key's or node's output row, for this worker."""
    return (tables.hot_output if key < tables.hot else tables.output) + key * tables.row_bytes
