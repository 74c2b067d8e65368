"""What whoever waits is told: numbers with the unit of their size, and only what is true."""

from types import SimpleNamespace

import pytest

from nearfield import DeepWalk, Graph, ItemEmbedding, Line, Word2Vec
from nearfield.embed import progress
from nearfield.embed.progress import Progress, compiling, rounded


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"), (4.4, "4"), (999, "999"), (999.6, "1.00 k"), (1234, "1.23 k"), (12_345, "12.3 k"),
        (123_456, "123 k"), (999_600, "1.00 M"), (1_234_567, "1.23 M"), (123_456_789, "123 M"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits(number, shown):
    assert rounded(number) == shown


def kernel(misses, path="cache"):
    return SimpleNamespace(stats=SimpleNamespace(cache_misses=misses, cache_path=path))


@pytest.mark.parametrize(
    ("seconds", "compiled", "path", "told"),
    [
        (0.5, True, "cache", ""),
        (3, False, "cache", "loaded the compiled kernels in 3.0 s\n"),
        (3, True, "cache", "compiled the kernels in 3.0 s (kept on disk for the next time)\n"),
        (3, True, None, "compiled the kernels in 3.0 s\n"),
    ],
)
def test_what_was_loaded_was_not_compiled(monkeypatch, capsys, seconds, compiled, path, told):
    clock = iter([0.0, seconds])
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    counted = kernel({}, path)
    with compiling(counted, verbose=True):
        if compiled:
            counted.stats.cache_misses["signature"] = 1
    assert capsys.readouterr().err == told


def test_a_resumed_run_has_its_own_speed_only(monkeypatch, capsys):
    clock = iter([0.0, 2.0, 2.0])
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    with Progress(4000, verbose=True, unit="words", epochs=2, done=2000) as shown:
        shown.update(4000, 0.01, 2.5)
    assert capsys.readouterr().err == "trained on 2,000 words × 2 epochs in 2.0 s: 1.00 k words/s, loss 2.500\n"


def test_a_loss_that_was_not_measured_is_not_shown(capsys):
    with Progress(10, verbose=True, unit="words") as shown:
        shown.update(10, 0.01, float("nan"))
    assert "loss" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fit", "unit"),
    [
        (lambda: Word2Vec(workers=1, sample=0, epochs=2).fit([["a", "b", "c"]] * 50), "150 words × 2 epochs"),
        (lambda: ItemEmbedding(sample=0, epochs=2).fit([["a", "b", "c"]] * 50), "150 items × 2 epochs"),
        (
            lambda: DeepWalk(num_walks=2, walk_length=5, workers=1).fit(Graph.from_edges(list("abc"), list("bca"))),
            "30 nodes of walks in",
        ),
        (
            lambda: Line(samples=1000, workers=1, order="first").fit(Graph.from_edges(list("abc"), list("bca"))),
            "1,000 edges in",
        ),
    ],
)
def test_each_estimator_counts_what_it_is_given(capsys, fit, unit):
    fit()
    assert f"trained on {unit}" in capsys.readouterr().err
