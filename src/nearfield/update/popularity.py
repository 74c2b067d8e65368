"""How much of a score is popularity: the part that rises with a key's count, whatever the input.

At the optimum of negative sampling u·v = log P(v | u) - log(k · P_noise(v)) (Levy & Goldberg 2014, equation 7):
frequent keys score high with every input, rare ones low. In a fit this is balanced by negatives drawn from all data. An
update sees new data only: a key that is named there gets its positives, but hardly the negatives that it would have had
from the rest, and comes before everything, as if it were as frequent in all data as in the new. So the popularity part
of what an update has learnt is set by the counts, and only the rest is kept (`benchmarks/update.py` has the effect).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from nearfield.update.growth import Grown

SMALLEST = 1e-6  # of the mean eigenvalue of the inputs' second moments, added to all


class Popularity(NamedTuple):
    """What popularity was before an update.

    middle : float64, shape (dim,); the mean input row, each as often as it is seen;
    along : float64, shape (dim,); adding it to an output row raises its score with the middle by 1, and its scores with
    all inputs as evenly as can be;
    slope, level : the line through the scores of output rows with the middle, over the logarithms of their counts.
    """

    middle: np.ndarray
    along: np.ndarray
    slope: float
    level: float

    def bring_to_line(
        self, output: np.ndarray, keys: np.ndarray, counts: np.ndarray, *, from_above: bool = False
    ) -> None:
        """Shift the rows of `keys` to the score that their counts have on the line, in place; or only those above."""
        wanted = self.level + self.slope * logs(counts[keys]) - output[keys] @ self.middle
        shift = np.minimum(wanted, 0) if from_above else wanted
        output[keys] += np.outer(shift, self.along).astype(np.float32)


def popularity_of(input: np.ndarray, output: np.ndarray, counts: np.ndarray) -> Popularity:
    """Return what popularity is among keys with these rows, float32, shape (n, dim), and counts."""
    middle, along = shared_direction(moments_of(input, counts))
    places, scores = logs(counts), output @ middle
    spread = np.var(places)
    slope = float(np.cov(places, scores, bias=True)[0, 1] / spread) if spread > 0 else 0.0
    slope = min(max(slope, 0.0), 1.0)  # between 1 - ns_exponent of 1 and of 0: counts that are nearly alike say little
    return Popularity(middle, along, slope, float(scores.mean() - slope * places.mean()))


def moments_of(input: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of u uᵀ and of u over input rows u, each as often as it is seen, float64."""
    weights = counts / max(1, counts.sum())
    inputs = input.astype(np.float64)
    return inputs.T @ (inputs * weights[:, None]), inputs.T @ weights


def shared_direction(
    moments_and_middle: tuple[np.ndarray, np.ndarray], apart: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return `middle` and `along` of `Popularity`; scores with the inputs `apart` stay, as far as can be."""
    moments, middle = moments_and_middle
    if apart is not None and len(apart):
        moments = moments + apart.T.astype(np.float64) @ apart / len(apart)
    ridge = SMALLEST * np.trace(moments) / len(moments) * np.eye(len(moments))
    along = np.linalg.lstsq(moments + ridge, middle)[0]  # the w with u·w nearest to 1 for all inputs u
    return middle, along / max(1e-9, middle @ along)


def follow_counts(grown: Grown, input: np.ndarray, output: np.ndarray, *, frozen: bool) -> None:
    """Set the popularity part of output rows after an update by all counts, in place.

    That of an old key moves from what it was by slope · log(count now / count before); a new key comes down to the
    line. `frozen`: old rows stay as they are. Under a Huffman tree popularity is in the shape of the tree.
    """
    known, counts = grown.known, grown.vocabulary.counts
    assert grown.output is not None
    before, moments = grown.popularity, moments_of(input[:known], counts[:known])
    # new keys foretell each other as they have learnt to
    middle, aside = shared_direction(moments, apart=input[known:])
    now = before._replace(middle=middle, along=aside)
    now.bring_to_line(output, np.arange(known, len(counts)), counts, from_above=True)
    if frozen:
        return
    wanted = grown.output[:known] @ before.middle + before.slope * (logs(counts[:known]) - logs(grown.seen_before))
    middle, along = shared_direction(moments)
    output[:known] += np.outer(wanted - output[:known] @ middle, along).astype(np.float32)


def logs(counts: np.ndarray) -> np.ndarray:
    """Return log(count), of 1 where it is 0."""
    return np.asarray(np.log(np.maximum(counts, 1)))
