"""Every parameter of every estimator and every option of every reader, question and evaluation refuses wrong values."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import nearfield as nf
from nearfield import evaluate, rank
from nearfield.base import Estimator, Settings
from nearfield.errors import BadInput, NearfieldError
from nearfield.evaluate.item_knn import ItemKNN
from nearfield.logs.rules import Rules
from nearfield.parameters import shown
from nearfield.update.options import Options
from nearfield.update.strategies import EWC, FineTune, Freeze, LwF, Replay, Retrain, Settle


class Text(str):
    """A string by another name."""


THING = object()
NO_NUMBER = [True, "0.1", Text("5"), {}, {"a": 1}, 1j, b"1", THING, np.array([1, 2]), np.nan]
WRONG: dict[type, list[Any]] = {
    bool: [0, 1, "yes", [], 2.5, np.array([True])],
    int: [*NO_NUMBER, [], [1], 2.5, np.float32(2), np.inf, -np.inf, 2**70, 10**5000, -(2**70), np.timedelta64(5, "s")],
    float: [*NO_NUMBER, np.inf, -np.inf, 10**400, 10**5000, 1e300, np.float64("nan")],
    str: [True, 1, 2.5, [], ["a"], {}, b"a", THING, np.array(["a"])],
    tuple: [True, 1, 2.5, "a", {}, THING, [[]], [THING]],
}
# what is wrong for any parameter, whatever it is declared as
ODD = [THING, 1j, b"\xff", [[1]], np.array([[1.5]])]

SEQUENCES = nf.Sequences.from_lists([["a", "b", "c", "d"], ["b", "c", "d", "a"], ["d", "a", "c", "b"]] * 3)
EDGES = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")]
GRAPH = (
    nf.Graph.from_edges(*zip(*EDGES, strict=True))
    .with_features(np.eye(4, dtype=np.float32))
    .with_labels({"a": "x", "b": "x", "c": "y", "d": "y"})
)
VECTORS = nf.Vectors(
    ["a", "b", "c", "d"], np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32)[::-1], counts=[4, 3, 2, 1]
)


def rows() -> nf.Examples:
    labels = np.array([0, 1] * 8, np.float32)
    features = np.array([i % 3 for i in range(16)], np.int32)
    return nf.Examples(labels, np.arange(17), features, None, None)


def examples_fit(model: Any) -> Any:
    return model.fit(rows())


def graph_fit(model: Any) -> Any:
    return model.fit(GRAPH)


def sequences_fit(model: Any) -> Any:
    return model.fit(SEQUENCES)


# a new estimator is covered by its entry here: how it is trained
FITS: dict[type[Estimator], Callable[[Any], Any]] = {
    nf.Word2Vec: sequences_fit,
    nf.ItemEmbedding: sequences_fit,
    nf.EGES: lambda model: model.fit(SEQUENCES, side={"kind": {"a": "x", "b": "y"}}),
    nf.DeepWalk: graph_fit,
    nf.Node2Vec: graph_fit,
    nf.Line: graph_fit,
    nf.ProNE: graph_fit,
    nf.GCN: graph_fit,
    nf.GraphSAGE: graph_fit,
    nf.LightGCN: sequences_fit,
    ItemKNN: sequences_fit,
    nf.Phrases: sequences_fit,
    **dict.fromkeys(rank.MODELS.values(), examples_fit),
}
CHECKED_WHEN_MADE = {
    rank.MinimumCount: {"n": 1},
    rank.BloomFilter: {},
    rank.Poisson: {"p": 0.5},
    nf.TwoStageRecommender: {"vectors": VECTORS, "ranker": nf.LogisticRegression()},
}
SETTINGS: dict[type[Settings], dict[str, Any]] = {
    Rules: {},
    Options: {},
    nf.Column: {"kind": "categorical"},
    **{one: {} for one in (Retrain, FineTune, Replay, LwF, EWC, Freeze, Settle)},
}
WITHOUT_PARAMETERS = (nf.IsotonicCalibration, nf.PlattCalibration)


# a string by default, which may also be a number or a mapping
MANY_KINDS = {(Rules, "earliest"), (Rules, "latest"), (Options, "initial")}


def wrong_for(default: Any, *, of_many: bool = False) -> list[Any]:
    return ODD if of_many else WRONG.get(type(default), []) + ODD


def cases(classes: Any) -> list[Any]:
    return [
        pytest.param(cls, name, id=f"{cls.__name__}-{name}")
        for cls in classes
        for name in inspect.signature(cls).parameters
    ]


def test_no_estimator_and_no_settings_are_left_out():
    for module in pkgutil.walk_packages(nf.__path__, "nearfield."):
        if (
            not module.name.endswith("__main__")
            and not module.name.startswith(("nearfield.cli", "nearfield.datasets"))
            and ".kernels" not in module.name
        ):
            importlib.import_module(module.name)

    def all_below(cls: type) -> set[type]:
        return {cls, *(one for below in cls.__subclasses__() for one in all_below(below))}

    ours = {one for one in all_below(Estimator) | all_below(Settings) if one.__module__.startswith("nearfield.")}
    concrete = {one for one in ours if not one.__subclasses__() and not inspect.isabstract(one)}
    listed = {*FITS, *CHECKED_WHEN_MADE, *SETTINGS, *WITHOUT_PARAMETERS}
    assert concrete - listed == set()


@pytest.mark.parametrize(("cls", "name"), cases(FITS))
def test_an_estimator_refuses_wrong_values_when_it_is_trained(cls, name):
    default = cls().get_params()[name]
    for value in wrong_for(default):
        model = cls(**{name: value})  # the constructor only stores
        with pytest.raises(BadInput, match=rf"^{name} is ") as caught:
            FITS[cls](model)
        assert "\n" not in str(caught.value)
        assert "; expected " in str(caught.value)
        assert len(str(caught.value)) < 300
        repr(model)


@pytest.mark.parametrize(("cls", "name"), cases(CHECKED_WHEN_MADE) + cases(SETTINGS))
def test_settings_refuse_wrong_values_when_they_are_made(cls, name):
    required = (CHECKED_WHEN_MADE | SETTINGS)[cls]
    default = required.get(name, inspect.signature(cls).parameters[name].default)
    for value in wrong_for(default, of_many=(cls, name) in MANY_KINDS):
        with pytest.raises(BadInput, match=rf"^{name} is .*; expected "):
            cls(**required | {name: value})


@pytest.mark.parametrize(("cls", "name"), cases(FITS))
def test_none_is_refused_unless_it_is_declared(cls, name):
    if "None" not in str(inspect.signature(cls).parameters[name].annotation) and name not in ("workers",):
        with pytest.raises(BadInput, match=rf"^{name} is None; expected "):
            FITS[cls](cls(**{name: None}))


@pytest.mark.parametrize("cls", [*FITS, *WITHOUT_PARAMETERS])
def test_scikit_learns_conventions(cls):
    model = cls()
    assert list(model.get_params()) == cls.parameter_names() == list(inspect.signature(cls).parameters)
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == f"{cls.__name__}()"
    assert cls(**model.get_params()).get_params() == model.get_params()
    with pytest.raises(BadInput, match="has no parameter 'no_such'; .*t has: "):
        cls(no_such=1)
    with pytest.raises(BadInput, match="has no parameter 'no_such'"):
        model.set_params(no_such=1)


@pytest.mark.parametrize("cls", FITS)
def test_numpy_scalars_are_as_good_as_plain_ones(cls):
    kinds = {bool: np.bool_, int: np.int32, float: np.float64, str: np.str_}
    params = {name: kinds.get(type(one), lambda one: one)(one) for name, one in cls().get_params().items()}
    model = cls(**params)
    model._check_parameters()
    assert model.get_params() == cls().get_params()
    assert {type(one) for one in model.get_params().values()} == {type(one) for one in cls().get_params().values()}
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("cls", FITS)
def test_saved_parameters_are_checked_alike(cls):
    params = cls().get_params()
    assert cls.from_saved(params, "config.json").get_params() == params
    for wrong in (
        None,
        [],
        {},
        {"alpha": 1},
        params | {"no_such": 1},
        params | {"seed": -1} if "seed" in params else 3,
    ):
        with pytest.raises(BadInput, match=r"^config\.json: "):
            cls.from_saved(wrong, "config.json")


# ---- options of functions --------------------------------------------------------------------------------------------

HISTORY, TARGETS = [["a"], ["b"]], [["b"], ["c"]]
LABELS, PREDICTIONS = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.1, 0.8, 0.6, 0.3])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "text.txt").write_text("the quick fox and the lazy dog\n" * 9)
    (folder / "log.csv").write_text(
        "user,item,time,event\n"
        + "".join(f"u{i % 3},i{i % 4},2024-01-{1 + i % 9:02d}T12:00:{i:02d}Z,view\n" for i in range(30))
    )
    (folder / "rows.csv").write_text("label,x,k\n" + "".join(f"{i % 2},{i},k{i % 3}\n" for i in range(9)))
    (folder / "edges.tsv").write_text("a\tb\nb\tc\nc\ta\n")
    return folder


def functions(files: Any) -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    """What is called with wrong options, and its other arguments."""
    ranker = nf.LogisticRegression().fit(rows())
    ends = [(i, (i + step) % 12) for step in (1, 2) for i in range(12)]
    ring = nf.Graph.from_edges([f"n{i}" for i, _ in ends], [f"n{i}" for _, i in ends])
    nodes = nf.Vectors(ring.keys, np.random.default_rng(1).normal(size=(12, 4)).astype(np.float32))
    held = evaluate.hold_out_edges(ring, share=0.3)
    exact, exact_next = nf.ExactIndex(VECTORS), nf.ExactIndex(VECTORS, question="next")
    tags = nf.TagSearch(VECTORS, {"a": ["x"], "b": ["x", "y"], "c": ["y"]})
    log = nf.read_log(files / "log.csv", event="event")
    cases_ = evaluate.leave_last_out(SEQUENCES).cases
    two_stage = nf.TwoStageRecommender(VECTORS, nf.LogisticRegression(), n_candidates=3)
    return {
        "read_text": (nf.read_text, (files / "text.txt",)),
        "read_log": (nf.read_log, (files / "log.csv",)),
        "read_edges": (nf.read_edges, (files / "edges.tsv",)),
        "read_examples": (nf.read_examples, (files / "rows.csv",)),
        "Log.sessions": (log.sessions, ()),
        "Log.session_details": (log.session_details, ()),
        "random_walks": (nf.random_walks, (GRAPH,)),
        "spectral_propagation": (nf.spectral_propagation, (VECTORS, GRAPH)),
        "tune": (nf.tune, (nf.ItemEmbedding(vector_size=4, epochs=1, verbose=False), SEQUENCES)),
        "update": (nf.update, (VECTORS, SEQUENCES)),
        "cross": (nf.cross, (rows(), [])),
        "search_crosses": (nf.search_crosses, (rows(), rows())),
        "similar": (VECTORS.similar, ("a",)),
        "similar_batch": (VECTORS.similar_batch, (["a"],)),
        "next": (VECTORS.next, (["a"],)),
        "next_batch": (VECTORS.next_batch, ([["a"]],)),
        "profile": (VECTORS.profile, (["a"],)),
        "quantize": (VECTORS.quantize, ()),
        "ExactIndex": (nf.ExactIndex, (VECTORS,)),
        "ExactIndex.similar_batch": (exact.similar_batch, (["a"],)),
        "ExactIndex.next_batch": (exact_next.next_batch, ([["a"]],)),
        "HNSWIndex.build": (nf.HNSWIndex.build, (VECTORS,)),
        "TagSearch": (nf.TagSearch, (VECTORS, {"a": ["x"]})),
        "TagSearch.search": (tags.search, ("x",)),
        "TagSearch.nearest_tags": (tags.nearest_tags, ("x",)),
        "recommend": (two_stage.recommend, (HISTORY,)),
        "from_lists": (nf.Sequences.from_lists, ([["a", "b"]],)),
        "from_counts": (nf.Vocabulary.from_counts, ({"a": 3},)),
        "from_edges": (nf.Graph.from_edges, (["a"], ["b"])),
        "from_sessions": (nf.Graph.from_sessions, (SEQUENCES,)),
        "progressive_validation": (nf.progressive_validation, (nf.LogisticRegression(), rows())),
        "ranking_quality": (nf.ranking_quality, (ranker, rows())),
        "calibration_error": (evaluate.calibration_error, (LABELS, PREDICTIONS)),
        "reliability": (evaluate.reliability, (LABELS, PREDICTIONS)),
        "hold_out_edges": (evaluate.hold_out_edges, (ring,)),
        "hold_out_sessions": (evaluate.hold_out_sessions, (SEQUENCES,)),
        "item_retrieval": (evaluate.item_retrieval, (VECTORS, cases_)),
        "next_item": (evaluate.next_item, ([["b"], ["c"]], TARGETS)),
        "link_prediction": (evaluate.link_prediction, (nodes, held)),
        "node_classification": (evaluate.node_classification, (VECTORS, GRAPH)),
        "rolling_last": (evaluate.rolling_last, (SEQUENCES,)),
        "word_similarity": (evaluate.word_similarity, (VECTORS, [("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 3.0)])),
        "word_analogies": (evaluate.word_analogies, (VECTORS, [("a", "b", "c", "d")])),
    }


@pytest.fixture(scope="module")
def called(files):
    return functions(files)


def test_a_wrong_option_is_one_line_of_ours(called):
    failures = []
    for name, (function, arguments) in called.items():
        for option, parameter in inspect.signature(function).parameters.items():
            keyword = parameter.kind is parameter.KEYWORD_ONLY or option in ("k", "gap", "storage")
            if not keyword or option == "verbose":
                continue
            for value in [*wrong_for(parameter.default), *NO_NUMBER, -1, 2.5, 2**70, 10**400, "no such"]:
                try:
                    function(*arguments, **{option: value})
                except NearfieldError as error:
                    if "\n" in str(error):
                        failures.append(f"{name}({option}={shown(value)}): {error}")
                except Exception as error:
                    failures.append(f"{name}({option}={shown(value)}): {type(error).__name__}: {error}")
    assert not failures, "\n".join(failures)
