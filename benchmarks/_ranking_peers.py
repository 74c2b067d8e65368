"""Vowpal Wabbit, libffm and scikit-learn, each trained once in a process of its own: seconds, memory, predictions."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from _frappe import FEATURES
from _paired import peak_bytes

POLL = 0.005  # seconds


def measured(command: list[str], folder: Path, **environment: str) -> dict[str, float]:
    """Run a program; return its wall clock and processor seconds, and its peak memory in bytes."""
    with (folder / "complaint").open("w") as complaint:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=complaint
        )
        memory, ended = 0, 0
        while not ended:
            # not ru_maxrss, which begins with the peak of this process
            memory = max(memory, peak_bytes(process.pid))
            time.sleep(POLL)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{(folder / 'complaint').read_text()}")
    return {"wall": time.perf_counter() - started, "cpu": usage.ru_utime + usage.ru_stime, "memory": memory}


def more(longer: dict[str, float], shorter: dict[str, float]) -> dict[str, float]:
    """What the longer of two runs took beyond the other; its memory."""
    return {name: longer[name] - shorter[name] for name in ("wall", "cpu")} | {"memory": longer["memory"]}


def vowpal(*arguments: str, folder: Path) -> dict[str, float]:
    """Run Vowpal Wabbit, of the Python in $VOWPAL or of this one."""
    command = [os.environ.get("VOWPAL", sys.executable), "-m", "vowpalwabbit", "--quiet", *arguments]
    return measured(command, folder)


def vowpal_learns(settings: dict[str, float], bits: int) -> list[str]:
    """How Vowpal Wabbit learns by FTRL-Proximal."""
    rates = ["--ftrl_alpha", str(settings["alpha"]), "--ftrl_beta", str(settings["beta"])]
    pulls = ["--l1", str(settings["l1"]), "--l2", str(settings["l2"])]
    return ["--ftrl", *rates, *pulls, "--loss_function", "logistic", "-b", str(bits)]


def vowpal_text(folder: Path, settings: dict[str, float], bits: int) -> dict[str, float]:
    """Read `many.vw` and learn, beyond what starting and one row take."""
    learns = vowpal_learns(settings, bits)
    return more(vowpal("-d", "many.vw", *learns, folder=folder), vowpal("-d", "one.vw", *learns, folder=folder))


def vowpal_cache(folder: Path, settings: dict[str, float], bits: int, passes: int) -> dict[str, float]:
    """Learn from the cache of `train.vw` in so many passes, beyond what starting and the first pass take."""
    learns = [*vowpal_learns(settings, bits), "-d", "train.vw", "--cache_file", "train.cache", "--holdout_off"]
    short = vowpal(*learns, "-k", "--passes", "1", folder=folder)
    return more(vowpal(*learns, "-k", "--passes", str(passes + 1), folder=folder), short)


def vowpal_predictions(folder: Path, settings: dict[str, float], bits: int, passes: int) -> np.ndarray:
    """Learn from train, predict test."""
    learns = [*vowpal_learns(settings, bits), "--cache_file", "predict.cache", "-k", "--passes", str(passes)]
    vowpal("-d", "train.vw", *learns, "--holdout_off", "-f", "model.vw", folder=folder)
    vowpal("-d", "test.vw", "-t", "-i", "model.vw", "--link", "logistic", "-p", "predictions", folder=folder)
    return np.loadtxt(folder / "predictions")


def libffm(name: str, *arguments: str, threads: int, folder: Path) -> dict[str, float]:
    """Run a program of libffm, which was built in the folder $LIBFFM."""
    if "LIBFFM" not in os.environ:
        sys.exit("set LIBFFM to the folder in which https://github.com/ycjuan/libffm was built")
    return measured([str(Path(os.environ["LIBFFM"]) / name), *arguments], folder, OMP_NUM_THREADS=str(threads))


def libffm_epochs(folder: Path, ending: str, vector_size: int, threads: int, epochs: int) -> dict[str, float]:
    """So many passes over the binary file that it has made of train, beyond what the first takes."""

    def run(passes: int) -> dict[str, float]:
        options = ["-k", str(vector_size), "-t", str(passes)]
        return libffm("ffm-train", *options, f"train.{ending}", "model.ffm", threads=threads, folder=folder)

    return more(run(epochs + 1), run(1))


def libffm_predictions(folder: Path, ending: str, vector_size: int, epochs: int) -> np.ndarray:
    """Learn from train, at most so many passes, by the best of them on test; predict test."""
    options = ["-k", str(vector_size), "-t", str(epochs), "-p", f"test.{ending}", "--auto-stop"]
    libffm("ffm-train", *options, f"train.{ending}", "model.ffm", threads=1, folder=folder)
    libffm("ffm-predict", f"test.{ending}", "model.ffm", "predictions", threads=1, folder=folder)
    return np.loadtxt(folder / "predictions")


def scikit_learn(folder: Path, passes: int) -> dict[str, Any]:
    """SGDClassifier from `many.libfm`, then from memory; and predictions for test after a pass."""
    from sklearn.datasets import load_svmlight_file
    from sklearn.linear_model import SGDClassifier

    def read(name: str, **more: Any) -> tuple[Any, np.ndarray]:
        matrix, labels = load_svmlight_file(str(folder / name), zero_based=True, **more)
        matrix.indices, matrix.indptr = (
            matrix.indices.astype(np.int32),
            matrix.indptr.astype(np.int32),
        )  # it wants these
        return matrix, labels

    def new() -> Any:
        return SGDClassifier(loss="log_loss", alpha=1e-6, learning_rate="constant", eta0=0.2, random_state=1)

    idle, started, wall = peak_bytes(), time.process_time(), time.perf_counter()
    many, labels = read("many.libfm", n_features=FEATURES)
    new().partial_fit(many, labels, classes=[0, 1])
    text = {"cpu": time.process_time() - started, "wall": time.perf_counter() - wall, "memory": peak_bytes() - idle}
    train, labels = read("train.libfm", n_features=FEATURES)
    test, _ = read("test.libfm", n_features=FEATURES)
    model = new().partial_fit(train, labels, classes=[0, 1])
    predictions = model.predict_proba(test)[:, 1]
    started, wall = time.process_time(), time.perf_counter()
    for _ in range(passes):
        model.partial_fit(train, labels)
    cache = {"cpu": time.process_time() - started, "wall": time.perf_counter() - wall, "memory": peak_bytes() - idle}
    return {"text": text, "cache": cache, "predictions": predictions.tolist()}
