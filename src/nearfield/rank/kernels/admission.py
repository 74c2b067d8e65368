"""Admission of rare features: the loops that go entry by entry, since what came before decides."""

from __future__ import annotations

from nearfield.kernels.compilation import kernel


@kernel
def admit_by_count(features, counts, n, kept):  # type: ignore[no-untyped-def]
    """Keep the n-th and later entries of each feature.

    Parameters
    ----------
    features : int32, shape (m,)
    counts : uint32, shape (n_features,)
        How often each feature has come; n at most. Changed.
    n : uint32
    kept : bool, shape (m,)
        Written to.
    """
    for i in range(len(features)):
        feature = features[i]
        if counts[feature] < n:
            counts[feature] += 1
        kept[i] = counts[feature] >= n


@kernel
def admit_by_bloom(first, step, cells, n_hashes, n, kept):  # type: ignore[no-untyped-def]
    """Keep the entries whose feature has come more than n times, as far as a counting Bloom filter can tell.

    Only the cells that hold the least are raised ("minimal increase", Cohen & Matias, SIGMOD 2003, section 3.2): the
    count of a feature is at least how often it has come, and nearer to it than if all were.

    Parameters
    ----------
    first, step : int64, shape (m,)
        The cells of entry i are (first[i] + j · step[i]) mod n_cells for j below n_hashes.
    cells : uint8, shape (n_cells,)
        n + 1 at most; n_cells is a power of 2. Changed.
    n_hashes, n : int
    kept : bool, shape (m,)
        Written to.
    """
    mask = len(cells) - 1
    for i in range(len(first)):
        count = n + 1
        for j in range(n_hashes):
            count = min(count, int(cells[(first[i] + j * step[i]) & mask]))
        kept[i] = count >= n
        if count <= n:
            for j in range(n_hashes):
                at = (first[i] + j * step[i]) & mask
                cells[at] = max(int(cells[at]), count + 1)


@kernel
def admit_by_chance(features, chances, p, admitted, kept):  # type: ignore[no-untyped-def]
    """Let a feature in, for good, by the first of its entries whose chance is below p.

    Parameters
    ----------
    features : int32, shape (m,)
    chances : float64, shape (m,)
        Even over [0, 1).
    p : float
    admitted : bool, shape (n_features,)
        Changed.
    kept : bool, shape (m,)
        Written to.
    """
    for i in range(len(features)):
        feature = features[i]
        admitted[feature] |= chances[i] < p
        kept[i] = admitted[feature]
