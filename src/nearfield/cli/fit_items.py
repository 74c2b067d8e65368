"""`nearfield fit items`: from a behaviour log to item vectors."""

from __future__ import annotations

from nearfield.cli import logs, training
from nearfield.cli.arguments import spread
from nearfield.cli.output import say


@spread(logs.LogOptions, min_count=5)
def fit_items(
    files: logs.Files,
    output: training.Output,
    options: logs.LogOptions,
    direction: training.Direction = "forward",
    vector_size: training.VectorSize = 64,
    window: training.Window = 10,
    sample: training.Sample = 1e-3,
    negative: training.Negative = 20,
    ns_exponent: training.NsExponent = 0.25,
    alpha: training.Alpha = 0.05,
    epochs: training.Epochs = 20,
    workers: training.Workers = None,
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
) -> None:
    """Learn item vectors from a behaviour log and save them."""
    from nearfield.embed import ItemEmbedding
    from nearfield.files import check_folder_target

    check_folder_target(output)
    model = ItemEmbedding(
        direction=direction,
        window=window,
        vector_size=vector_size,
        sample=sample,
        negative=negative,
        ns_exponent=ns_exponent,
        alpha=alpha,
        epochs=epochs,
        workers=workers,
        seed=seed,
        verbose=not quiet,
    )
    behaviour = logs.read_behaviour(files, options, verbose=not quiet)
    vectors = model.fit(behaviour.sequences, groups=behaviour.groups).vectors_
    vectors.save(output)
    if not quiet:
        say(f"saved {output}: {len(vectors):,} items × {vectors.dim} dimensions; try: nearfield next {output} ITEM")
