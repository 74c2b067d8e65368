"""What can be asked of keys with input and output rows: what is alike, what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from nearfield.arithmetic import Arithmetic, nearest
from nearfield.errors import BadInput
from nearfield.key_rows import KeyRows
from nearfield.moments import Moment
from nearfield.parameters import Count, Decay, checks_arguments
from nearfield.recency import HalfLife, Unknown, history_means
from nearfield.subwords import Subwords
from nearfield.tables import Table
from nearfield.topk import top_k
from nearfield.vocabulary import Keys, Vocabulary, as_list

Neighbours = list[tuple[str, float]]
Method = Literal["3cosadd", "3cosmul"]


class Queries:
    """The questions that `Vectors` answers."""

    vocabulary: Vocabulary
    input_table: Table
    output_table: Table | None
    subwords: Subwords | None

    @checks_arguments
    def similar(
        self,
        keys: Keys | np.ndarray,
        *,
        minus: Keys = (),
        k: Count = 10,
        exclude: Keys = (),
        allow: Keys | None = None,
        method: Method = "3cosadd",
    ) -> Neighbours:
        """Return the k keys most alike: input rows against input rows by cosine, the best first.

        Parameters
        ----------
        keys : str, list of str, or ndarray of shape (dim,)
            A key; several that are put together; or a vector of any length, near which keys are sought.
        minus : str or list of str
            Keys to go away from: "man is to king as woman is to …" is `similar(["king", "woman"], minus="man")`.
        k : int
        exclude : str or list of str
            Keys to leave out, beside those of the query, which are never in the answer. They need not be known.
        allow : str or list of str, optional
            The only keys that may be in the answer, such as what is in stock. They need not be known.
        method : {"3cosadd", "3cosmul"}
            How several keys are put together: the cosine with the sum of their unit rows (Levy & Goldberg 2014,
            equation 3), or the product of their cosines, moved to 0 … 1 (equation 4).

        Returns
        -------
        list of (key, score)
            Shorter than k where there are not so many keys. Equal scores come in the order of `keys`.

        Raises
        ------
        UnknownKey
            A key that is not known; the message names the nearest that are. Where the vectors have subwords, an unknown
            key is asked by those.
        BadInput
            A vector without direction or of another shape, no key, k below 1.
        """
        if isinstance(keys, np.ndarray):
            if as_list(minus):
                raise BadInput("minus with a vector; subtract it from the vector, or give keys")
            return self.similar_batch(keys[None], k=k, exclude=[exclude], allow=allow, method=method)[0]
        return self.similar_batch([keys], minus=[minus], k=k, exclude=[exclude], allow=allow, method=method)[0]

    @checks_arguments
    def similar_batch(
        self,
        queries: Sequence[Keys] | np.ndarray,
        *,
        minus: Sequence[Keys] | None = None,
        k: Count = 10,
        exclude: Sequence[Keys] | None = None,
        allow: Keys | None = None,
        method: Method = "3cosadd",
    ) -> list[Neighbours]:
        """Answer `similar` for many queries at once, exactly and by blocked matrix products.

        Parameters
        ----------
        queries : sequence of m keys or lists of keys, or ndarray of shape (m, dim)
        minus, exclude : sequence of m keys or lists of keys, optional
            One for each query.
        k, allow, method
            As for `similar`; `allow` is the same for all queries.

        Returns
        -------
        list of m lists of (key, score)
        """
        if method not in get_args(Method):
            raise BadInput(f"method is {method!r}; expected one of {', '.join(get_args(Method))}")
        out, only = excluded_ids(self.vocabulary, exclude, len(queries)), allowed_ids(self.vocabulary, allow)
        if isinstance(queries, np.ndarray):
            if minus is not None:
                raise BadInput("minus with vectors; subtract it from the vectors, or give keys")
            return self._named(nearest(self.input_table, queries, k, out, only))
        question = Arithmetic(self.key_rows(), queries, minus)
        out = [np.concatenate(pair) for pair in zip(out, question.ids, strict=True)]
        return self._named(question.add(k, out, only) if method == "3cosadd" else question.multiply(k, out, only))

    @checks_arguments
    def next(
        self,
        history: Keys | np.ndarray,
        *,
        k: Count = 10,
        exclude: Keys = (),
        allow: Keys | None = None,
        half_life: HalfLife | None = None,
        times: Sequence[Moment] | np.ndarray | None = None,
        decay: Decay | None = None,
        unknown: Unknown = "refuse",
    ) -> Neighbours:
        """Return the k keys likeliest to come next: the mean of a history's input rows against output rows.

        Parameters
        ----------
        history : str, list of str, or ndarray of shape (dim,)
            What came so far, the oldest first; or a vector in its place, such as a user's.
        k : int
        exclude : str or list of str
            Keys to leave out; the keys of the history may come again unless they are named here.
        allow : str or list of str, optional
            The only keys that may be in the answer. They need not be known.
        half_life : str, float or several, optional
            An entry counts half as much when it is that much older: "2d", "10min", or seconds. Of several, such as
            ["1h", "30d"] for what is wanted now and what was always liked, the mean is taken. Needs `times`.
        times : sequence of int, float, str, datetime or datetime64, optional
            When each entry happened. Numbers are seconds, milliseconds, microseconds or nanoseconds since 1970-01-01
            UTC, whichever is from 1980 to two years from now; those of another clock are given as datetime64, which
            says its unit.
        decay : float, optional
            Instead of a half-life: an entry counts `decay` times as much as the one after it; in (0, 1].
        unknown : {"refuse", "skip"}
            What to do with keys that are not known. With "skip" a history without any known key has an empty answer.

        Returns
        -------
        list of (key, score)
            The score is the dot product.

        Raises
        ------
        UnknownKey
            A key that is not known.
        BadInput
            There is no output matrix; an empty history; k below 1; times or weights that do not fit.
        """
        given = None if times is None else [times]
        histories = history[None] if isinstance(history, np.ndarray) else [history]
        return self.next_batch(
            histories,
            k=k,
            exclude=[exclude],
            allow=allow,
            half_life=half_life,
            times=given,
            decay=decay,
            unknown=unknown,
        )[0]

    @checks_arguments
    def next_batch(
        self,
        histories: Sequence[Keys] | np.ndarray,
        *,
        k: Count = 10,
        exclude: Sequence[Keys] | None = None,
        allow: Keys | None = None,
        half_life: HalfLife | None = None,
        times: Sequence[Sequence[Moment] | np.ndarray] | None = None,
        decay: Decay | None = None,
        unknown: Unknown = "refuse",
    ) -> list[Neighbours]:
        """Answer `next` for many histories at once: m of them, or an ndarray of shape (m, dim).

        `exclude` and `times` have one list for each history, `allow` is the same for all. With `exclude=histories`
        nobody gets what they have had.
        """
        table = self._output_for_next()
        means, answerable = asked_rows(self.vocabulary, self.input_table, histories, half_life, times, decay, unknown)
        out = excluded_ids(self.vocabulary, exclude, len(histories))
        ids, scores = top_k(means, table, k, exclude=out, allow=allowed_ids(self.vocabulary, allow))
        ids[~answerable] = -1
        return self._named((ids, scores))

    @checks_arguments
    def profile(
        self,
        history: Keys,
        *,
        half_life: HalfLife | None = None,
        times: Sequence[Moment] | np.ndarray | None = None,
        decay: Decay | None = None,
        unknown: Unknown = "refuse",
    ) -> np.ndarray:
        """Return what `next` asks with: the weighted mean of a history's input rows, float32, shape (dim,).

        A user as the mean of what they did; the parameters are those of `next`.
        """
        given = None if times is None else [times]
        return history_means(self.vocabulary, self.input_table, [history], half_life, given, decay, unknown)[0][0]

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine of the input rows of two keys; 0 if one of them is a row of zeros."""
        rows = self.key_rows()
        left, right = rows.unit(rows.ids([a, b]))
        return float(left @ right)

    def doesnt_match(self, keys: Sequence[str]) -> str:
        """Return the one of at least three keys whose unit row is farthest from the mean of all of theirs."""
        names = as_list(keys)
        if len(names) < 3:
            raise BadInput(f"{len(names)} keys; expected at least 3 (two are equally far from their mean)")
        rows = self.key_rows()
        units = rows.unit(rows.ids(names))
        return names[int(np.argmin(units @ units.mean(axis=0)))]

    def rank(self, a: str, b: str) -> int:
        """Return the place of b among the keys nearest to a, by cosine: 1 if no other key is nearer."""
        rows, of_b = self.key_rows(), self.vocabulary[b]
        of_a = rows.ids(a)
        unit = rows.unit(of_a)[0]
        scores = np.concatenate([block @ unit for _, block in self.input_table.blocks()])
        scores *= self.input_table.inverse_norms
        nearer = scores > scores[of_b]
        nearer[of_a[of_a < len(nearer)]] = False
        return int(nearer.sum()) + 1

    def key_rows(self) -> KeyRows:
        """Return the rows of the keys of questions, also of unknown ones where there are subwords."""
        return KeyRows(self.vocabulary, self.input_table, self.subwords)

    def _named(self, answer: tuple[np.ndarray, np.ndarray]) -> list[Neighbours]:
        return named(self.vocabulary, *answer)

    def _output_for_next(self) -> Table:
        if self.output_table is None:
            raise BadInput(
                "these vectors have no output matrix, which next needs; similar answers what is alike, or save the"
                " trained vectors in the native format, which keeps it"
            )
        _ = self.output_table.norms  # a mapped table is looked through for NaN, once
        return self.output_table


def asked_rows(
    vocabulary: Vocabulary,
    table: Table,
    histories: Sequence[Keys] | np.ndarray,
    half_life: HalfLife | None,
    times: Sequence[Sequence[Moment] | np.ndarray] | None,
    decay: float | None,
    unknown: Unknown,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what `next` asks with, (m, dim), and whether there is anything to ask with, (m,) bool."""
    if not isinstance(histories, np.ndarray):
        return history_means(vocabulary, table, histories, half_life, times, decay, unknown)
    if half_life is not None or times is not None or decay is not None:
        raise BadInput("half_life, times or decay with vectors; they are for histories of keys")
    return histories, np.ones(len(histories), bool)


def excluded_ids(vocabulary: Vocabulary, exclude: Sequence[Keys] | None, n: int) -> list[np.ndarray]:
    """Return the ids of the keys to leave out of each of n answers; a key that is not known is out already."""
    lists = [()] * n if exclude is None else exclude
    if len(lists) != n:
        raise BadInput(f"exclude has {len(lists)} lists for {n} queries; expected one each")
    return [vocabulary.known(as_list(keys)) for keys in lists]


def allowed_ids(vocabulary: Vocabulary, allow: Keys | None) -> np.ndarray | None:
    """Return the ids of the keys that may be in an answer, or None for all; one that is not known cannot be in it."""
    return None if allow is None else vocabulary.known(as_list(allow))


def named(vocabulary: Vocabulary, ids: np.ndarray, scores: np.ndarray) -> list[Neighbours]:
    """Turn the answer of `top_k` into a list of (key, score) for each query."""
    keys = vocabulary.keys
    return [
        [(keys[i], score) for i, score in zip(row, row_scores, strict=True) if i >= 0]
        for row, row_scores in zip(ids.tolist(), scores.tolist(), strict=True)
    ]
