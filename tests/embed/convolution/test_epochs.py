"""What the three have in common: the loop, Ctrl-C, an absent PyTorch, and PyTorch's own state."""

import subprocess
import sys

import numpy as np
import pytest

from nearfield.embed import GCN, GraphSAGE, LightGCN
from nearfield.embed.convolution.epochs import run_epochs
from nearfield.errors import BadInput, MissingExtra

HISTORIES = [["a", "b"], ["b", "c"], ["c", "a"]]


def test_epochs_are_counted_and_told(capsys):
    losses = iter([3.0, 2.0, 1.0])
    assert run_epochs(lambda: next(losses), 3, verbose=True).losses == [3.0, 2.0, 1.0]
    assert capsys.readouterr().err.startswith("trained for 3 of at most 3 epochs in 0.0 s: loss 1.0000\n")
    assert run_epochs(lambda: 1.0, 9, verbose=False, enough=lambda: True).losses == [1.0]
    assert capsys.readouterr().err == ""


def test_a_loss_that_is_no_number_ends_it():
    with pytest.raises(BadInput, match="the loss is nan in epoch 1; lower alpha"):
        run_epochs(lambda: float("nan"), 3, verbose=False)


def test_training_that_runs_away_is_one_clear_line(two_camps):
    with pytest.raises(BadInput, match="lower alpha"):
        GCN(weight_decay=1e38, workers=1, verbose=False).fit(two_camps())


@pytest.mark.parametrize("estimator", [GCN, GraphSAGE, LightGCN])
def test_ctrl_c_keeps_what_was_learnt(estimator, two_camps, monkeypatch):
    from nearfield.embed.convolution import gcn_network, lightgcn_network, sage_network

    networks = {GCN: gcn_network, GraphSAGE: sage_network, LightGCN: lightgcn_network}
    epoch, calls = networks[estimator].Training.epoch, []

    def interrupted(training):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return epoch(training)

    monkeypatch.setattr(networks[estimator].Training, "epoch", interrupted)
    model = estimator(workers=1, verbose=False, vector_size=4)
    with pytest.raises(KeyboardInterrupt):
        model.fit(HISTORIES if estimator is LightGCN else two_camps(40))
    assert len(model.losses_) == 2
    assert model.vectors_.metadata["trained"]["finished"] is False
    assert np.isfinite(model.vectors_.input).all()


@pytest.mark.parametrize("absent", ["torch", "torch_geometric"])
@pytest.mark.parametrize("estimator", [GCN, GraphSAGE, LightGCN])
def test_an_absent_library_is_named_with_its_extra(estimator, absent, two_camps, monkeypatch):
    monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(MissingExtra, match=rf'{absent} is not installed; .* pip install "nearfield\[deep\]"'):
        estimator(verbose=False).fit(HISTORIES if estimator is LightGCN else two_camps(40))


@pytest.mark.parametrize("estimator", [GCN, GraphSAGE, LightGCN])
def test_the_state_of_pytorch_is_left_as_it_was(estimator, two_camps):
    import torch

    torch.manual_seed(7)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    estimator(workers=1, epochs=1, verbose=False).fit(HISTORIES if estimator is LightGCN else two_camps(40))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_estimators_do_not_bring_pytorch_before_they_need_it():
    code = "import sys; from nearfield import GCN, GraphSAGE, LightGCN; GCN(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_nothing_is_said_but_the_progress(two_camps, recwarn):
    GCN(workers=1, epochs=2, verbose=False).fit(two_camps(40))
    GraphSAGE(workers=1, epochs=1, verbose=False).fit(two_camps(40))
    assert [str(one.message) for one in recwarn if "sparse" in str(one.message).lower()] == []


def test_scikit_learn_clones_them():
    from sklearn.base import clone

    for model in (GCN(dropout=0.1), GraphSAGE(neighbours=(3,)), LightGCN(layers=2)):
        assert clone(model).get_params() == model.get_params()
