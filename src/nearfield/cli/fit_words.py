"""`nearfield fit words`: from raw text to word vectors."""

from __future__ import annotations

import dataclasses
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nearfield.cli import training
from nearfield.cli.arguments import read_lines, spread
from nearfield.cli.output import say
from nearfield.cli.text import TEXT, TextOptions
from nearfield.cli.training import MODEL, RUN
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.embed import Word2Vec
    from nearfield.sequences import Sequences
    from nearfield.text import Phrases

VOCABULARY = "Vocabulary"


@spread(TextOptions)
def fit_words(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE", help="Text, a sentence a line: files (also .gz, .zst, .bz2), folders, globs or `-`."
        ),
    ],
    output: training.Output,
    options: TextOptions,
    phrases: Annotated[
        int, typer.Option(metavar="N", min=0, help="Passes that join words into phrases.", rich_help_panel=TEXT)
    ] = 0,
    phrase_threshold: Annotated[
        float, typer.Option(help="The score that a phrase must pass.", rich_help_panel=TEXT)
    ] = 10.0,
    phrases_from: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Join the phrases that were saved there: by Phrases.save, or with word vectors.",
            rich_help_panel=TEXT,
        ),
    ] = None,
    min_count: Annotated[int, typer.Option(min=1, help="Drop rarer tokens.", rich_help_panel=VOCABULARY)] = 5,
    max_vocab_size: Annotated[
        int | None, typer.Option(min=1, help="Keep that many of the most frequent.", rich_help_panel=VOCABULARY)
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tokens to keep, one a line, however rare.", rich_help_panel=VOCABULARY),
    ] = None,
    stop: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tokens to drop, one a line, however frequent.", rich_help_panel=VOCABULARY),
    ] = None,
    architecture: Annotated[
        Literal["skipgram", "cbow"],
        typer.Option(help="Each context word by itself, or all together.", rich_help_panel=MODEL),
    ] = "skipgram",
    loss: Annotated[
        Literal["negative", "hierarchical", "softmax"],
        typer.Option(help="Negative sampling, a Huffman tree, or the full softmax.", rich_help_panel=MODEL),
    ] = "negative",
    vector_size: training.VectorSize = 100,
    window: training.Window = 5,
    direction: training.Direction = "both",
    cbow_mean: Annotated[
        bool, typer.Option("--cbow-mean/--cbow-sum", help="How CBOW adds up a context.", rich_help_panel=MODEL)
    ] = True,
    sample: training.Sample = 1e-3,
    negative: training.Negative = 5,
    ns_exponent: training.NsExponent = 0.75,
    alpha: training.Alpha = 0.025,
    min_alpha: training.MinAlpha = 0.0001,
    epochs: training.Epochs = 5,
    workers: training.Workers = None,
    seed: training.Seed = 1,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save the state of training here.", rich_help_panel=RUN)
    ] = None,
    checkpoint_minutes: Annotated[float, typer.Option(help="How often.", rich_help_panel=RUN)] = 10.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.", rich_help_panel=RUN)] = False,
    quiet: training.Quiet = False,
) -> None:
    """Learn word vectors from text and save them."""
    from nearfield.embed import Word2Vec  # imported here and not above, so that --help is there at once
    from nearfield.formats import check_target

    if resume and checkpoint is None:
        raise BadInput("--resume without a checkpoint; name its folder: --checkpoint DIR")
    check_target(output)
    model = Word2Vec(
        architecture=architecture,
        loss=loss,
        vector_size=vector_size,
        window=window,
        direction=direction,
        sample=sample,
        negative=negative,
        ns_exponent=ns_exponent,
        cbow_mean=cbow_mean,
        alpha=alpha,
        min_alpha=min_alpha,
        epochs=epochs,
        workers=workers,
        seed=seed,
        checkpoint=checkpoint,
        checkpoint_minutes=checkpoint_minutes,
        verbose=not quiet,
    )
    text = {
        **dataclasses.asdict(options),
        "min_count": min_count,
        "max_vocab_size": max_vocab_size,
        "keep": read_lines(keep, options.encoding) if keep else (),
        "stop": read_lines(stop, options.encoding) if stop else (),
    }
    joiner = _phrases(options.language, phrases, phrase_threshold, phrases_from)
    sequences = _read(files, text, joiner, verbose=not quiet)
    for name, path in (("keep", keep), ("stop", stop)):
        _check_list(name, path, text[name], sequences.reading["seen"])
    _train(model, sequences, output, resume=resume)


def _phrases(language: str, passes: int, threshold: float, saved: Path | None) -> list[Phrases]:
    """Return what joins words that belong together; in English, across the small words within a phrase."""
    from nearfield.text import ENGLISH_CONNECTOR_WORDS, Phrases

    if saved is not None:
        if passes:
            raise BadInput("--phrases with --phrases-from; expected one of them: find phrases, or take saved ones")
        return _saved_phrases(saved)
    connectors = ENGLISH_CONNECTOR_WORDS if language == "en" else frozenset()
    return [Phrases(passes=passes, threshold=threshold, connector_words=connectors)] if passes else []


def _saved_phrases(path: Path) -> list[Phrases]:
    import nearfield
    from nearfield.reading import reading_of
    from nearfield.text import Phrases
    from nearfield.text.phrases import as_phrases

    content = nearfield.load(path)
    if isinstance(content, Phrases):
        return [content]
    if phrases := reading_of(content).get("read_text", {}).get("phrases"):
        return as_phrases(phrases)
    raise BadInput(f"{path}: holds no phrases; expected what Phrases.save or fit words --phrases has saved")


def _read(files: list[str], options: dict[str, Any], phrases: list[Phrases], *, verbose: bool) -> Sequences:
    """Read the files and say how much there was, and how much of it was dropped."""
    from nearfield.text import read_text

    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        sequences = read_text(files, phrases=phrases, **options)
    for warning in caught:
        say(f"nearfield: warning: {warning.message}")
    if verbose:
        seconds = time.perf_counter() - started
        seen = sequences.reading["seen"]
        joined = f", {sum(len(joiner.phrases_) for joiner in phrases):,} phrases" if phrases else ""
        say(f"read {_amount(seen['tokens'], seen['keys'])}{joined}, in {seconds:.1f} s")
        say(_dropped(sequences, options["min_count"]))
    return sequences


def _check_list(name: str, path: Path | None, tokens: list[str], seen: dict[str, int]) -> None:
    """Refuse a list of tokens of which the text has none."""
    if path is None:
        return
    if not tokens:
        raise BadInput(f"--{name} {path}: holds no token; expected one a line")
    if not seen[name]:
        raise BadInput(
            f"--{name} {path}: none of its {len(tokens):,} tokens is in the text, such as {tokens[0]!r}; expected"
            " tokens as the text has them, one a line"
        )


def _amount(tokens: int, keys: int) -> str:
    return f"{tokens:,} tokens, {keys:,} distinct"


def _dropped(sequences: Sequences, min_count: int) -> str:
    """Say how much the options of the vocabulary dropped."""
    seen, n_keys, n_tokens = sequences.reading["seen"], len(sequences.vocabulary), sequences.n_tokens
    gone = _amount(seen["tokens"] - n_tokens, seen["keys"] - n_keys)
    options = sequences.reading["read_text"]
    names = [f"min_count={min_count}", *(name for name in ("max_vocab_size", "stop") if options[name])]
    share = (seen["tokens"] - n_tokens) / seen["tokens"]
    return f"{' and '.join(names)} dropped {gone} ({share:.1%} of the text); {_amount(n_tokens, n_keys)} are left"


def _train(model: Word2Vec, sequences: Sequences, output: Path, *, resume: bool) -> None:
    """Train and save; what was learnt before Ctrl-C is saved, too, but a refused run leaves the folder as it is."""
    try:
        model.fit(sequences, resume=resume)
    except KeyboardInterrupt:
        if hasattr(model, "vectors_"):
            _save(model, output)
        raise
    _save(model, output)


def _save(model: Word2Vec, output: Path) -> None:
    vectors = model.vectors_
    vectors.save(output)
    if model.verbose:
        say(f"saved {output}: {len(vectors):,} keys × {vectors.dim} dimensions; try: nearfield similar {output} KEY")
