"""Rows with labels, to a model, to what it foretells of other rows."""

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from nearfield.rank import LogisticRegression, load_ranker
from nearfield.rank.features.reading import read_examples

FIT = ["rank", "fit"]
READ = ["--label", "bought", "--positive", "yes", "--group", "user", "--missing", "?"]


def write(path, n, seed):
    """People who buy what has their colour; nothing else tells."""
    rng = np.random.default_rng(seed)
    rows = ["user,mine,colour,price,bought"]
    for _ in range(n):
        mine, colour = rng.choice(["red", "blue"], 2)
        bought = rng.random() < (0.9 if mine == colour else 0.1)
        price = "?" if rng.random() < 0.1 else f"{rng.random():.3f}"
        rows.append(f"{rng.integers(20)},{mine},{colour},{price},{'yes' if bought else 'no'}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def train(tmp_path):
    return write(tmp_path / "train.csv", 2_000, 1)


@pytest.fixture
def test(tmp_path):
    return write(tmp_path / "test.csv", 500, 2)


def labels(path):
    with path.open() as file:
        return np.array([row["bought"] == "yes" for row in csv.DictReader(file)])


@pytest.fixture
def model(nearfield, train, tmp_path):
    code, out, err = nearfield(*FIT, train, *READ, "-o", tmp_path / "model")
    assert (code, out) == (0, "")
    assert "read 2,000 rows" in err
    assert err.splitlines()[-1].startswith(f"saved {tmp_path / 'model'}: LogisticRegression; try: nearfield rank")
    return tmp_path / "model"


def test_what_is_saved_is_what_python_learns(model, train):
    options = {"label": "bought", "positive": "yes", "group": "user", "missing": ("", "?")}
    twin = LogisticRegression().fit(read_examples(train, **options))
    assert np.array_equal(load_ranker(model).state_, twin.state_)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("fm", ["--vector-size", "4", "--epochs", "10", "--validation-fraction", "0.1"]),
        ("ffm", ["--vector-size", "4", "--l2", "1e-5"]),
        ("wide-deep", ["--epochs", "5"]),
        ("deepfm", ["--epochs", "5", "--alpha", "0.01"]),
        ("dcn", ["--epochs", "5"]),
    ],
)
def test_models_of_pairs_tell_what_a_sum_cannot(nearfield, model, train, test, tmp_path, name, known):
    other = tmp_path / name
    assert nearfield(*FIT, train, *READ, "--model", name, *known, "-o", other, "--quiet").err == ""
    aucs = [json.loads(nearfield("rank", "evaluate", one, test, "--json").out)["auc"] for one in (model, other)]
    assert aucs[0] < 0.65
    assert aucs[1] > 0.8


def test_predictions_are_one_a_line_and_need_no_label(nearfield, model, test, tmp_path):
    bare = tmp_path / "bare.csv"
    bare.write_text("".join(line.rpartition(",")[0] + "\n" for line in test.read_text().splitlines()))
    code, out, err = nearfield("rank", "predict", model, bare)
    found = np.array([float(line) for line in out.splitlines()])
    assert (code, err, len(found)) == (0, "", 500)
    rows = nearfield("rank", "predict", model, test, "--json").out.splitlines()
    np.testing.assert_allclose([json.loads(row)["probability"] for row in rows], found, rtol=1e-5)


def test_figures_are_those_of_scikit_learn(nearfield, model, test):
    found = [float(line) for line in nearfield("rank", "predict", model, test).out.splitlines()]
    result = json.loads(nearfield("rank", "evaluate", model, test, "--json").out)
    assert result["n"] == 500
    assert result["auc"] == pytest.approx(roc_auc_score(labels(test), found), abs=1e-3)
    assert result["log_loss"] == pytest.approx(log_loss(labels(test), found), abs=1e-4)
    assert "gauc" in result
    code, out, err = nearfield("rank", "evaluate", model, test)
    assert (code, out.splitlines()[0].split()[:2]) == (0, ["figure", "value"])
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == [
        "AUC", "AUC within groups", "NDCG@10 of groups", "log loss", "normalised entropy", "calibration error",
    ]  # fmt: skip
    assert f"judged 500 rows, {labels(test).mean():.1%} of them labelled 1" in err


def test_shares_of_a_row_add_up_to_its_score(nearfield, model, test):
    code, out, err = nearfield("rank", "explain", model, test, "--row", "3", "-k", "100", "--json")
    assert code == 0, err
    score = sum(json.loads(line)["share of the score"] for line in out.splitlines())
    found = float(nearfield("rank", "predict", model, test).out.splitlines()[2])
    assert 1 / (1 + np.exp(-score)) == pytest.approx(found, rel=1e-4)
    with test.open() as file:
        row = list(csv.DictReader(file))[2]
    names = {json.loads(line)["feature"] for line in out.splitlines()}
    assert {f"mine={row['mine']}", f"colour={row['colour']}", "bias"} < names
    assert len(nearfield("rank", "explain", model, test, "-k", "2").out.splitlines()) == 3


def test_values_have_an_rmse(nearfield, tmp_path):
    rng = np.random.default_rng(1)
    rows = [(x, 3 * x + 1 + rng.normal() / 10) for x in rng.random(3_000)]
    for name, part in (("train", rows[:2_500]), ("test", rows[2_500:])):
        (tmp_path / f"{name}.csv").write_text("x,y\n" + "".join(f"{x},{y}\n" for x, y in part))
    (tmp_path / "schema.json").write_text('{"x": {"kind": "numeric"}}')
    more = ["--schema", tmp_path / "schema.json", "--loss", "squared", "--epochs", "20", "--alpha", "0.5"]
    assert nearfield(*FIT, tmp_path / "train.csv", "--label", "y", *more, "-o", tmp_path / "model").code == 0
    result = json.loads(nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "test.csv", "--json").out)
    assert 0.08 < result["rmse"] < 0.15
    out = nearfield("rank", "predict", tmp_path / "model", tmp_path / "test.csv", "--json").out
    assert json.loads(out.splitlines()[0])["value"] == pytest.approx(3 * rows[2_500][0] + 1, abs=0.2)


def test_values_of_minus_one_and_one_are_no_classes(nearfield, tmp_path):
    (tmp_path / "train.csv").write_text("x,label\n" + "a,-1\nb,1\n" * 200)
    fit = [*FIT, tmp_path / "train.csv", "--loss", "squared", "--epochs", "20", "-q"]
    assert nearfield(*fit, "-o", tmp_path / "model").code == 0
    found = nearfield("rank", "predict", tmp_path / "model", tmp_path / "train.csv").out.split()[:2]
    np.testing.assert_allclose([float(one) for one in found], [-1, 1], atol=0.05)
    result = json.loads(nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "train.csv", "--json").out)
    assert result["rmse"] < 0.05
    assert nearfield("update", tmp_path / "model", tmp_path / "train.csv", "-q", "-o", tmp_path / "new").code == 0
    assert nearfield(*fit, "--positive", "-1", "-o", tmp_path / "model").code == 0  # which are


def test_libffm_is_read_and_bad_rows_are_skipped_when_told(nearfield, tmp_path):
    good = "".join(f"{i % 2} 0:{i % 2}:1 1:{2 + i % 3}:1\n" for i in range(300))
    (tmp_path / "rows.ffm").write_text("1 0:x:1\n" + good)
    fit = [*FIT, tmp_path / "rows.ffm", "--model", "ffm", "-o", tmp_path / "model"]
    code, _, err = nearfield(*fit)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "rows.ffm:1: '1 0:x:1': has no whole number" in err
    assert err.endswith("(--skip-bad-rows leaves such rows out)\n")
    assert not (tmp_path / "model").exists()
    code, _, err = nearfield(*fit, "--skip-bad-rows")
    assert (code, err.splitlines()[0].startswith("nearfield: warning: left out 1 bad rows; the first: ")) == (0, True)
    code, _, err = nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "rows.ffm")  # which has no such option
    assert (code, "rows.ffm:1: " in err, "skip" in err) == (2, True, False)
    (tmp_path / "rows.ffm").write_text(good)
    assert (
        json.loads(nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "rows.ffm", "--json").out)["auc"] == 1
    )


def test_a_model_saved_by_python_is_read(nearfield, train, test, tmp_path):
    LogisticRegression().fit(read_examples(train, label="bought", positive="yes")).save(tmp_path / "model")
    evaluate = ["rank", "evaluate", tmp_path / "model", test]
    assert nearfield(*evaluate, "--label", "bought", "--positive", "yes").code == 0
    code, out, err = nearfield(*evaluate)
    assert (code, out) == (2, "")
    assert "has no column 'label'" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "{train}", "-o", "{new}"], "has no column 'label'; it has user, mine"),
        (
            ["fit", "{train}", "--label", "bought", "-o", "{new}"],
            "for labels of text say --positive, the",
        ),
        (
            ["fit", "{train}", *READ, "--model", "fm", "--l1", "1", "-o", "{new}"],
            "--l1 is given; the model fm has none",
        ),
        (
            ["fit", "{train}", *READ, "--vector-size", "4", "-o", "{new}"],
            "--vector-size is given; the model lr has none",
        ),
        (["fit", "{train}", *READ, "--schema", "{train}", "-o", "{new}"], "expected a JSON object of fields and kinds"),
        (["fit", "absent.csv", "-o", "{new}"], "absent.csv: no such file or folder"),
        (["predict", "{train}", "{train}"], "holds no config.json"),
        (["predict", "{model}", "absent.csv"], "absent.csv: no such file or folder"),
        (["evaluate", "{model}", "{train}", "--group", "shop"], "has no column 'shop', which --group names; it has"),
        (["explain", "{model}", "{train}", "--row", "2001"], "--row is 2,001; the files hold 2,000 rows"),
    ],
)
def test_mistakes_are_one_line(nearfield, model, train, tmp_path, arguments, message):
    places = {"train": train, "model": model, "new": tmp_path / "new"}
    code, out, err = nearfield("rank", *(argument.format(**places) for argument in arguments))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert message in err
    assert not (tmp_path / "new").exists()


def test_a_model_of_layers_has_no_shares(nearfield, train, tmp_path):
    nearfield(*FIT, train, *READ, "--model", "deepfm", "--epochs", "1", "-o", tmp_path / "deepfm")
    code, _, err = nearfield("rank", "explain", tmp_path / "deepfm", train)
    assert code == 2
    assert "is a DeepFM, whose score is no sum over features; expected a model lr, fm or ffm" in err


def test_damaged_options_are_named(nearfield, model, train):
    (model / "rows.json").write_text("{")
    code, _, err = nearfield("rank", "predict", model, train)
    assert code == 2
    assert "rows.json: is damaged" in err


def write_shown(path, n_users, seed):
    """Pages of items shown to users; which of them are liked depends on the item, how many on the user."""
    rng, liked = np.random.default_rng(seed), np.random.default_rng(5).normal(size=12)
    lines = ["page,item,grade"]
    for user in range(n_users):
        for item in rng.choice(12, 6, replace=False):
            grade = int(np.clip(np.round(liked[item] + rng.normal() / 3 + user % 3), 0, 4))
            lines.append(f"p{seed}.{user},{item},{grade}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("loss", ["pairwise", "lambdarank"])
def test_the_order_within_groups_is_learnt_and_evaluated(nearfield, tmp_path, loss):
    train, test = write_shown(tmp_path / "train.csv", 300, 1), write_shown(tmp_path / "test.csv", 100, 2)
    (tmp_path / "schema.json").write_text('{"item": "categorical"}')
    read = ["--label", "grade", "--group", "page", "--schema", tmp_path / "schema.json", "--loss", loss]
    code, _, err = nearfield(*FIT, train, *read, "--epochs", "5", "-o", tmp_path / "model")
    assert code == 0, err
    assert "baseline: scores that are all alike have loss 0.6931" in err
    result = json.loads(nearfield("rank", "evaluate", tmp_path / "model", test, "--json").out)
    assert result["ndcg@10"] > 0.9
    assert result["pair_loss"] < 0.6
    out = nearfield("rank", "evaluate", tmp_path / "model", test).out
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == ["NDCG@10 of groups", "loss of pairs"]
    first = json.loads(nearfield("rank", "predict", tmp_path / "model", test, "--json").out.splitlines()[0])
    assert set(first) == {"score"}
    assert nearfield("update", tmp_path / "model", test, "-q", "-o", tmp_path / "new").code == 0
    ungrouped = [*read[:2], *read[4:]]
    code, out, err = nearfield(*FIT, train, *ungrouped, "-o", tmp_path / "other")
    assert (code, out) == (2, "")
    assert (
        f"loss='{loss}' orders rows within groups, and these have none; read them with --group" in err.splitlines()[-1]
    )
    assert not (tmp_path / "other").exists()


def test_values_are_shown_beside_the_mean(nearfield, tmp_path):
    rng = np.random.default_rng(0)
    rows = [(f"c{c}", 250_000 + 40_000 * c) for c in rng.integers(0, 5, 600)]
    (tmp_path / "rows.csv").write_text("city,price\n" + "".join(f"{c},{y}\n" for c, y in rows))
    fit = [*FIT, tmp_path / "rows.csv", "--label", "price", "--loss", "squared", "--epochs", "10"]
    code, _, err = nearfield(*fit, "-o", tmp_path / "model")
    prices = np.array([y for _, y in rows])
    assert code == 0
    assert f"baseline: predicting {prices.mean():.6g}, the mean, has RMSE {prices.std():.5g}" in err
    result = json.loads(nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "rows.csv", "--json").out)
    assert result["baseline_rmse"] == pytest.approx(prices.std(), rel=1e-5)
    assert result["rmse"] < 0.1 * result["baseline_rmse"]
    assert "RMSE of predicting the mean" in nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "rows.csv").out


@pytest.mark.parametrize("model", ["lr", "ffm", "deepfm"])
def test_a_time_in_seconds_among_features_does_no_harm_and_values_that_overflow_are_refused(nearfield, tmp_path, model):
    rng = np.random.default_rng(0)
    for ending, line in (("vw", "{y} | colour_{c} seconds:{t}"), ("ffm", "{y} 0:{c}:1 1:9:{t}")):
        rows = [(2 * (rng.random() < 0.1 + 0.8 * (c > 2)) - 1, c, 1.7e9 + rng.integers(86_400)) for c in
                rng.integers(0, 5, 2000)]  # fmt: skip
        path = tmp_path / f"rows.{ending}"
        path.write_text("".join(line.format(y=int(y), c=c, t=int(t)) + "\n" for y, c, t in rows))
        epochs = ["--epochs", "5", "-q", "-o", tmp_path / ending, "--model", model]
        code, _, err = nearfield(*FIT, path, *epochs)
        assert code == 0, err
        result = json.loads(nearfield("rank", "evaluate", tmp_path / ending, path, "--json").out)
        assert result["auc"] > 0.85
        assert result["log_loss"] < 0.5
        path.write_text(line.format(y=1, c=1, t="1e19") + "\n" + line.format(y=-1, c=2, t="3") + "\n")
        for arguments in (["rank", "fit", path, *epochs[:-4], "-o", tmp_path / "new", "--model", model],
                          ["rank", "predict", tmp_path / ending, path]):  # fmt: skip
            code, out, err = nearfield(*arguments)
            assert (code, out, len(err.splitlines())) == (2, "", 1)
            assert f"rows.{ending}:1: " in err
            assert "has a number of 1e19 or more" in err


def test_a_model_is_exported_with_its_formula(nearfield, model, tmp_path):
    code, out, err = nearfield("rank", "export", model, "-o", tmp_path / "model.csv")
    assert (code, out) == (0, "")
    assert "score = weight of (bias) + sum of weight u; probability = 1 / (1 + exp(-score))" in err
    with (tmp_path / "model.csv").open() as file:
        rows = {row["feature"]: float(row["weight"]) for row in csv.DictReader(file)}
    ranker = load_ranker(model)
    assert rows["(bias)"] == pytest.approx(ranker.bias_, rel=1e-5)
    assert rows["mine=red"] == pytest.approx(ranker.weights_[ranker.space_.names.index("mine=red")], rel=1e-5)
    code, out, err = nearfield("rank", "export", model, "-o", tmp_path / "model.onnx")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "a LogisticRegression cannot be exported as .onnx" in err


def test_hashed_features_are_explained_by_name(nearfield, tmp_path):
    lines = "1 |user:2 id_7 age:31.5 |item shoe red:0.5\n-1 |item boot red |user id_8\n"
    (tmp_path / "rows.vw").write_text(lines * 30)
    assert nearfield(*FIT, tmp_path / "rows.vw", "--model", "fm", "-q", "-o", tmp_path / "fm").code == 0
    code, out, err = nearfield("rank", "explain", tmp_path / "fm", tmp_path / "rows.vw", "--row", "2", "--json")
    assert code == 0, err
    names = {json.loads(line)["feature"] for line in out.splitlines()}
    assert names == {"item^boot", "item^red", "user^id_8", "bias"}


BANK = '"age";"job";"balance";"y"\n'


def bank(path, n, seed, positive="yes"):
    """A table like UCI bank marketing: semicolons, quoted text, labels of text; `duration` tells."""
    rng = np.random.default_rng(seed)
    age, job = rng.integers(18, 90, n), rng.choice(["services", "retired", "unknown"], n)
    bought = rng.random(n) < np.where(age > 60, 0.8, 0.2)
    rows = [f'{a};"{j}";{100 * a};"{positive if b else "no"}"' for a, j, b in zip(age, job, bought, strict=True)]
    path.write_text(BANK + "\n".join(rows) + "\n")
    return path


def test_options_that_match_nothing_are_one_line_with_what_there_is(nearfield, tmp_path):
    path = bank(tmp_path / "bank.csv", 200, 1)
    fit = [*FIT, path, "-o", tmp_path / "new", "--label", "y"]
    n = path.read_text().count('"yes"')
    counts = ", ".join(
        f"{label} ({k})" for label, k in sorted({"no": 200 - n, "yes": n}.items(), key=lambda one: -one[1])
    )
    for options, message in (
        (
            ["--positive", "Yes"],
            f"--positive names 'Yes', and no label is that; the labels are {counts}",
        ),
        ([], "y is 'no'; expected a number (for labels of text say --positive, the one"),
        (
            ["--positive", "yes", "--drop", "income"],
            "no column 'income', which --drop names; it has age, job, balance, y",
        ),
        (
            ["--positive", "yes", "--schema", '{"income": "numeric"}'],
            "no column 'income', which --schema names; it has",
        ),
        (["--positive", "yes", "--weight", "w"], "no column 'w', which --weight names; it has age"),
        (["--positive", "yes", "--separator", ";;"], "--separator is ';;'; expected one character"),
        (["--positive", "yes", "--separator", ","], "has no column 'y', which --label names; it has"),
        (["--positive", "yes", "--schema", '{"age"'], "--schema: Expecting"),
        (["--positive", "yes", "--encoding", "klingon"], "klingon"),
    ):
        code, out, err = nearfield(*fit, *options)
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert message in err
        assert not (tmp_path / "new").exists()


def test_a_schema_of_one_column_only_overrides_and_the_kinds_are_shown(nearfield, tmp_path):
    train, test = bank(tmp_path / "train.csv", 2_000, 1), bank(tmp_path / "test.csv", 500, 2)
    model = tmp_path / "model"
    given = ["--schema", '{"balance": "numeric"}', "--drop", "job", "--label", "y", "--positive", "yes"]
    code, _, err = nearfield(*FIT, train, *given, "-o", model)
    assert code == 0
    assert err.splitlines()[1:3] == ["  bucketed (16 buckets): age", "  numeric (standard scaling): balance"]
    assert load_ranker(model).space_.fields == ("age", "balance")
    assert json.loads(nearfield("rank", "evaluate", model, test, "--json").out)["auc"] > 0.75
    shown = nearfield("inspect", model).out
    assert "bucketed (16 buckets)" in shown
    assert "numeric (standard scaling)" in shown
    code, _, err = nearfield("rank", "evaluate", model, bank(tmp_path / "upper.csv", 300, 3, "YES"))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "--positive names 'yes', and no label is that; the labels are" in err


def test_ids_and_unknown_cells_are_told(nearfield, tmp_path):
    rows = [f"{1000 + i % 50},k{i % 4},{i % 2}" for i in range(400)]
    (tmp_path / "train.csv").write_text("userId,k,label\n" + "\n".join(rows) + "\n")
    (tmp_path / "test.csv").write_text("userId,k,label\n" + "\n".join(rows).replace("k", "K") + "\n")
    code, _, err = nearfield(*FIT, tmp_path / "train.csv", "-o", tmp_path / "model")
    assert code == 0
    assert err.splitlines()[0] == (
        "nearfield: warning: userId: 50 different whole numbers are cut into 16 buckets; if they are ids:"
        """ --schema '{"userId": "categorical"}'"""
    )
    code, _, err = nearfield("rank", "predict", tmp_path / "model", tmp_path / "test.csv")
    assert code == 0
    assert "k: 100 % of cells unknown (400 of 400, such as 'k=K0')" in err


def test_rows_with_queries_have_an_auc_within_them(nearfield, tmp_path):
    rng = np.random.default_rng(1)
    rows = [
        f"{y} qid:{i // 5} 1:{y + rng.random():.3f} {2 + i % 3}:1 # row {i}"
        for i, y in enumerate(rng.integers(0, 2, 400))
    ]
    (tmp_path / "rows.svm").write_text("# queries\n" + "\n".join(rows) + "\n")
    assert read_examples(tmp_path / "rows.svm").groups.tolist() == [i // 5 for i in range(400)]
    assert nearfield(*FIT, tmp_path / "rows.svm", "-o", tmp_path / "model").code == 0
    assert (
        json.loads(nearfield("rank", "evaluate", tmp_path / "model", tmp_path / "rows.svm", "--json").out)["gauc"] > 0.9
    )
    (tmp_path / "mixed.svm").write_text("1 qid:3 1:1\n0 1:1\n")
    code, _, err = nearfield(*FIT, tmp_path / "mixed.svm", "-o", tmp_path / "new")
    assert (code, "mixed.svm:2: '0 1:1': has no qid, which rows before have" in err) == (2, True)
