"""How much of the gradient reaches the first of many layers, by activation and depth, and what does it cost?

    python docs/studies/vanishing_gradients/run.py

Trains dense layers over embeddings of Frappe's ten fields (57,722 rows; the linear part sees no field, so that layers
have to do it all), asks `gradient_flow` after the first step and after the last, and judges by the AUC of 28,860 other
rows. Writes `table.md` and `figure.svg` beside this file; about ten minutes on one core.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from nearfield import WideAndDeep
from nearfield.datasets import frappe
from nearfield.evaluate.ranking import judge_classes
from nearfield.examples import Examples
from nearfield.rank.deep.gradient_flow import LayerFlow

HERE = Path(__file__).parent
ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu")
DEPTHS = (2, 4, 8)
SEEDS = (1, 2, 3)
UNITS = 32
EPOCHS = 2
ASKED = 2_048  # rows that the flow is asked of


class Outcome(NamedTuple):
    """Of one run: the flow after the first step and after the last, and the AUC on other rows."""

    first: list[LayerFlow]
    last: list[LayerFlow]
    auc: float


def main() -> None:
    """Run all, and write the table and the figure."""
    train, test = frappe.load()
    outcomes = {
        (activation, depth): [run(train, test, activation, depth, seed) for seed in SEEDS]
        for depth in DEPTHS
        for activation in ACTIVATIONS
    }
    (HERE / "table.md").write_text("\n".join(table(outcomes)) + "\n", encoding="utf-8")
    draw({activation: outcomes[activation, DEPTHS[-1]] for activation in ACTIVATIONS})


def run(train: Examples, test: Examples, activation: str, depth: int, seed: int) -> Outcome:
    """Train once."""
    model = WideAndDeep(
        wide_fields=(), hidden_layer_sizes=(UNITS,) * depth, activation=activation, l2=0.0, epochs=EPOCHS, seed=seed
    )
    first = model.partial_fit(train[: model.batch_size]).gradient_flow(test[:ASKED])
    model.fit(train)
    auc = judge_classes(test.labels, model.predict_proba(test)[:, 1], resamples=10).figures["auc"].value
    last = model.gradient_flow(test[:ASKED])
    print(f"{activation} {depth} {seed}: {auc:.4f}, {share(first):.2g} of the gradient after a step", flush=True)
    return Outcome(first, last, auc)


def share(flows: list[LayerFlow]) -> float:
    """How large the gradient of the first layer is, in that of the last."""
    layers = layers_of(flows)
    return layers[0].gradient / layers[-1].gradient


def layers_of(flows: list[LayerFlow]) -> list[LayerFlow]:
    """The dense layers with an activation."""
    return [flow for flow in flows if flow.layer.startswith("layer")]


def table(outcomes: dict[tuple[str, int], list[Outcome]]) -> list[str]:
    """A row a depth and activation; means over seeds, the AUC with its least and most."""
    head = [
        "layers", "activation", "first layer's gradient / last's, after 1 step", "after training",
        "saturated in layer 1", "dead in layer 1", "test AUC (least to most)",
    ]  # fmt: skip
    rows = [head, ["---"] * len(head)]
    for (activation, depth), runs in outcomes.items():
        ratios = [
            [share(flows) for flows in pair] for pair in zip(*((one.first, one.last) for one in runs), strict=True)
        ]
        lowest = [layers_of(one.last)[0] for one in runs]
        aucs = [one.auc for one in runs]
        rows.append([
            str(depth), activation, *(f"{np.exp(np.mean(np.log(ratio))):.2g}" for ratio in ratios),
            f"{np.mean([flow.saturated for flow in lowest]):.0%}", f"{np.mean([flow.dead for flow in lowest]):.0%}",
            f"{np.mean(aucs):.4f} ({min(aucs):.4f} to {max(aucs):.4f})",
        ])  # fmt: skip
    return [f"| {' | '.join(row)} |" for row in rows]


def draw(outcomes: dict[str, list[Outcome]]) -> None:
    """Draw the gradient of each of the layers of the deepest networks after one step, and after training."""
    plt.rcParams["svg.hashsalt"] = "vanishing gradients"
    figure, panels = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for panel, title, part in zip(panels, ("after the first step", "after training"), ("first", "last"), strict=True):
        for activation, runs in outcomes.items():
            sizes = np.array([[flow.gradient for flow in layers_of(getattr(one, part))] for one in runs])
            panel.semilogy(range(1, sizes.shape[1] + 1), np.exp(np.log(sizes).mean(axis=0)), "o-", label=activation)
        panel.set(title=title, xlabel="layer, 1 next to the embeddings")
    panels[0].set_ylabel("mean |gradient| of the weights")
    panels[0].legend()
    figure.savefig(HERE / "figure.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
