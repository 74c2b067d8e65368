"""The estimator as a user meets it: repeatable, resumable, interruptible, and clear about bad input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone

from nearfield.embed import Word2Vec
from nearfield.embed.corpus import balanced
from nearfield.embed.huffman import tree_of
from nearfield.errors import BadInput, NotFitted, UnknownKey
from nearfield.sequences import Sequences

COMBINATIONS = [(a, loss) for a in ("skipgram", "cbow") for loss in ("negative", "hierarchical", "softmax")]


def two_topics(n=400, seed=0):
    """Sentences about one of two topics, ten words each, eight words a sentence."""
    random = np.random.default_rng(seed)
    topics = [[f"{name}{i}" for i in range(10)] for name in ("a", "b")]
    return [random.choice(topics[i % 2], 8).tolist() for i in range(n)]


@pytest.fixture(scope="module")
def sequences():
    return Sequences.from_lists(two_topics())


def fitted(sequences, **changes):
    settings = {"vector_size": 16, "epochs": 4, "workers": 1, "alpha": 0.05, "sample": None, "verbose": False}
    return Word2Vec(**(settings | changes)).fit(sequences)


@pytest.mark.parametrize(("architecture", "loss"), COMBINATIONS)
def test_words_of_one_topic_end_up_near_each_other(sequences, architecture, loss):
    model = fitted(sequences, architecture=architecture, loss=loss, epochs=20)
    keys, rows = model.vectors_.keys, model.vectors_.input
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = unit @ unit.T
    same = np.array([[a[0] == b[0] for a in keys] for b in keys])
    assert cosines[same].mean() > cosines[~same].mean() + 0.5
    assert model.losses_[-1] < model.losses_[0]
    assert (model.vectors_.output is None) == (loss == "hierarchical")


@pytest.mark.parametrize(("architecture", "loss"), COMBINATIONS)
def test_one_worker_and_one_seed_repeat_bit_for_bit(sequences, architecture, loss):
    one, again, other = (fitted(sequences, architecture=architecture, loss=loss, seed=s) for s in (3, 3, 4))
    assert one.vectors_.input.tobytes() == again.vectors_.input.tobytes()
    assert one.vectors_.input.tobytes() != other.vectors_.input.tobytes()


def test_lists_of_keys_do_as_well(sequences):
    assert fitted(two_topics()).vectors_.input.tobytes() == fitted(sequences).vectors_.input.tobytes()


@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_several_workers_learn_the_same_topics(sequences, loss):
    model = fitted(sequences, workers=3, epochs=20, loss=loss)
    unit = model.vectors_.input / np.linalg.norm(model.vectors_.input, axis=1, keepdims=True)
    same = np.array([[a[0] == b[0] for a in model.vectors_.keys] for b in model.vectors_.keys])
    assert (unit @ unit.T)[same].mean() > (unit @ unit.T)[~same].mean() + 0.5


def test_forward_learns_what_comes_next():
    cycle = [[str((start + step) % 12) for step in range(30)] for start in range(200)]
    model = fitted(cycle, direction="forward", window=1, epochs=30, vector_size=24)
    scores = model.vectors_.input @ model.vectors_.output.T
    keys = model.vectors_.keys
    following = {key: keys[int(np.argmax(row))] for key, row in zip(keys, scores, strict=True)}
    assert following == {str(i): str((i + 1) % 12) for i in range(12)}


def test_min_count_leaves_rare_keys_out(sequences):
    rare = [*two_topics(), ["once", "a0", "a1"]]
    model = fitted(rare, min_count=2)
    assert "once" not in model.vectors_
    assert len(model.vectors_) == 20


def test_the_learning_rate_and_losses_are_told(sequences, capsys):
    fitted(sequences, verbose=True)
    assert "words/s" in capsys.readouterr().err
    fitted(sequences, verbose=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "bert"}, "architecture is 'bert'; expected one of skipgram, cbow"),
        ({"loss": "hinge"}, "loss is 'hinge'"),
        ({"direction": "backward"}, "direction is 'backward'"),
        ({"vector_size": 0}, "vector_size is 0"),
        ({"window": 2.5}, "window is 2.5"),
        ({"epochs": -1}, "epochs is -1"),
        ({"workers": 0}, "workers is 0"),
        ({"alpha": 0.0}, "alpha is 0.0"),
        ({"alpha": float("nan")}, "alpha is nan"),
        ({"sample": -1.0}, "sample is -1.0"),
        ({"negative": 0}, "negative is 0"),
        ({"ns_exponent": float("nan")}, "ns_exponent is nan"),
        ({"min_count": 10**6}, "0 of 20 keys are seen at least min_count=1000000 times; the most frequent is seen"),
    ],
)
def test_bad_parameters_get_one_clear_line(sequences, changes, message):
    with pytest.raises(BadInput, match=message.replace("(", r"\(")) as error:
        fitted(sequences, **changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("data", [[], [[]], [["alone"] * 5]])
def test_too_little_data(data):
    with pytest.raises(BadInput, match="expected two keys or more"):
        fitted(data)


def test_strings_instead_of_lists():
    with pytest.raises(BadInput, match="split it first"):
        fitted(["the cat sat"])


def test_before_fit():
    with pytest.raises(NotFitted, match="call fit first"):
        _ = Word2Vec().vectors_


def test_a_tree_is_where_its_vectors_are(sequences):
    model = fitted(sequences, loss="hierarchical")
    np.testing.assert_array_equal(model.nodes_, model.vectors_.nodes)
    for one, other in zip(model.tree_, tree_of(model.vectors_.keys, model.vectors_.counts), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(NotFitted, match="no nodes_ yet"):
        _ = fitted(sequences, loss="negative").nodes_


def test_scikit_learn_clones_it():
    model = Word2Vec(vector_size=7, loss="softmax")
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "Word2Vec(loss='softmax', vector_size=7)"
    with pytest.raises(BadInput, match="no parameter 'size'"):
        model.set_params(size=3)


# ---- as a language model -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("architecture", "loss"), COMBINATIONS)
def test_predict_fills_the_gap_with_the_right_topic(sequences, architecture, loss):
    model = fitted(sequences, architecture=architecture, loss=loss, epochs=20)
    predicted = model.predict(["b1", "b2", "unseen", "b3"], k=20)
    assert all(key.startswith("b") for key, _ in predicted[:5])
    probabilities = [p for _, p in predicted]
    assert probabilities == sorted(probabilities, reverse=True)
    if loss != "negative":  # all 20 keys: the whole distribution
        assert sum(probabilities) == pytest.approx(1, abs=1e-5)
    with pytest.raises(UnknownKey, match="unseen"):
        model.predict(["unseen"])


@pytest.mark.parametrize(("architecture", "loss"), COMBINATIONS)
def test_shuffled_sentences_score_lower(architecture, loss):
    # sentences that count up from anywhere: order is all there is to learn
    random = np.random.default_rng(0)
    sentences = [[str((start + step) % 30) for step in range(15)] for start in random.integers(0, 30, 400)]
    model = fitted(sentences, architecture=architecture, loss=loss, window=2, epochs=10)
    real = sentences[:50]
    shuffled = [random.permutation(sentence).tolist() for sentence in real]
    assert (model.score(real) > model.score(shuffled)).mean() > 0.95
    np.testing.assert_array_equal(model.score(Sequences.from_lists(real)), model.score(real))
    assert model.score([["0"], [], ["unseen", "1"]]).tolist() == [0, 0, 0]


# ---- interrupted, killed, resumed ----------------------------------------------------------------------------------

RUN = """
import sys
import numpy as np
from nearfield.embed import Word2Vec
from nearfield.sequences import Sequences
sequences = Sequences.load(sys.argv[1])
model = Word2Vec(vector_size=32, epochs=200, workers=1, verbose=False, architecture="{architecture}", loss="{loss}",
                 checkpoint=sys.argv[2] or None, checkpoint_minutes=0.1 / 60)
print("begins", flush=True)
model.fit(sequences, resume=bool(sys.argv[2]))
np.save(sys.argv[3], model.vectors_.input)
"""


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
    path = tmp_path_factory.mktemp("longer") / "sequences"
    random = np.random.default_rng(0)
    lists = [[str(x) for x in random.zipf(1.5, 40).clip(max=3000)] for _ in range(5000)]
    Sequences.from_lists(lists).save(path)
    return path


@pytest.mark.parametrize(("architecture", "loss"), [("skipgram", "negative"), ("cbow", "hierarchical")])
def test_killed_and_resumed_ends_bit_for_bit_as_uninterrupted(longer, tmp_path, architecture, loss):
    script = RUN.format(architecture=architecture, loss=loss)
    start = [sys.executable, "-c", script, str(longer)]
    subprocess.run([*start, "", str(tmp_path / "whole.npy")], check=True, stdout=subprocess.DEVNULL)
    checkpoint = tmp_path / "checkpoint"
    resumable = [*start, str(checkpoint), str(tmp_path / "resumed.npy")]
    for _ in range(3):
        before = inode(checkpoint)
        with subprocess.Popen(resumable, stdout=subprocess.DEVNULL) as process:
            while inode(checkpoint) == before and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    subprocess.run(resumable, check=True, stdout=subprocess.DEVNULL)
    assert np.load(tmp_path / "whole.npy").tobytes() == np.load(tmp_path / "resumed.npy").tobytes()


def inode(folder):
    """Which folder stands there; another one after each checkpoint."""
    try:
        return folder.stat().st_ino
    except FileNotFoundError:
        return None


def test_ctrl_c_leaves_the_vectors_so_far(longer, tmp_path):
    script = textwrap.dedent("""
        import sys, threading, time, os, signal
        import numpy as np
        from nearfield.embed import Word2Vec
        from nearfield.sequences import Sequences
        model = Word2Vec(vector_size=32, epochs=10**6, workers=2, verbose=False)
        threading.Timer(4.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            model.fit(Sequences.load(sys.argv[1]))
        except KeyboardInterrupt:
            assert np.isfinite(model.vectors_.input).all() and model.vectors_.output.any()
            assert model.vectors_.metadata["trained"]["finished"] is False
            print("stopped cleanly")
    """)
    run = subprocess.run([sys.executable, "-c", script, str(longer)], capture_output=True, text=True, timeout=60)
    assert run.stdout == "stopped cleanly\n", run.stderr
    assert run.stderr == ""


def test_a_checkpoint_of_another_run_is_refused(sequences, tmp_path):
    checkpoint = tmp_path / "checkpoint"
    done = fitted(sequences, checkpoint=checkpoint)
    again = Word2Vec(**(done.get_params())).fit(sequences, resume=True)
    assert again.vectors_.input.tobytes() == done.vectors_.input.tobytes()
    with pytest.raises(BadInput, match="made with window 5, this run has 3"):
        Word2Vec(**(done.get_params() | {"window": 3})).fit(sequences, resume=True)
    with pytest.raises(BadInput, match="made with checksum"):
        Word2Vec(**done.get_params()).fit([list(reversed(s)) for s in two_topics()], resume=True)
    with pytest.raises(BadInput, match="resume without a checkpoint"):
        Word2Vec(**(done.get_params() | {"checkpoint": None})).fit(sequences, resume=True)
    (checkpoint / "input.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(BadInput, match="damaged"):
        Word2Vec(**done.get_params()).fit(sequences, resume=True)


# ---- compiled kernels ----------------------------------------------------------------------------------------------


def test_several_processes_may_compile_at_once(tmp_path, longer):
    script = textwrap.dedent("""
        import sys
        from nearfield.embed import Word2Vec
        from nearfield.sequences import Sequences
        model = Word2Vec(vector_size=8, epochs=1, workers=1, verbose=False).fit(Sequences.load(sys.argv[1]))
        print(float(model.vectors_.input.sum()))
    """)
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    start = [sys.executable, "-c", script, str(longer)]
    processes = [subprocess.Popen(start, env=environment, stdout=-1, text=True) for _ in range(2)]
    assert len({process.communicate()[0] for process in processes}) == 1
    assert all(process.returncode == 0 for process in processes)


def test_shards_are_balanced_by_tokens():
    lengths = np.array([1000, 1, 1, 1, 1, 996, 500, 500])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    bounds = balanced(offsets, 3)
    assert bounds[0][0] == 0
    assert bounds[-1][1] == len(lengths)
    assert all(a[1] == b[0] for a, b in pairwise(bounds))
    assert [int(offsets[stop] - offsets[start]) for start, stop in bounds] == [1000, 1000, 1000]
    assert balanced(np.array([0, 5]), 4) == [(0, 1)]


@pytest.mark.parametrize("exponent", [75, -100, 100])
def test_noise_that_is_one_key_alone_ends(exponent):
    text = [["the", f"w{i}"] for i in range(300)] * 2
    model = Word2Vec(ns_exponent=exponent, vector_size=8, epochs=1, workers=1, verbose=False, sample=0).fit(text)
    assert np.isfinite(model.losses_).all()
