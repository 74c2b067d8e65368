"""What the verbs that read rows to rank share: their options, which a model keeps, and how its rows are read."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import typer

from nearfield.errors import BadInput, warn

if TYPE_CHECKING:
    from nearfield.columns import Schema
    from nearfield.examples import Examples
    from nearfield.rank import Ranker

ROWS = "Rows"
KEPT = "rows.json"  # beside the model
Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Rows: CSV, Parquet, libsvm, libffm, libfm, Vowpal Wabbit; compressed or not; `-` with --format.",
    ),
]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="What `rank fit` saved.")]


def _column(help: str) -> Any:
    return typer.Option(metavar="COLUMN", help=help, rich_help_panel=ROWS)


@dataclass(frozen=True)
class FeatureOptions:
    """How the features of rows are read; what is None is as the model has it, or else as `read_examples` has it."""

    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CELL",
            help="What a missing cell holds, in place of the usual marks (?, NA, NaN, null, …); may be repeated.",
            rich_help_panel=ROWS,
        ),
    ] = None
    separator: Annotated[
        str | None,
        typer.Option(
            metavar="CHARACTER", help="Between cells; detected from the header row if not given.", rich_help_panel=ROWS
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of a CSV file, such as gb18030; UTF-8 if not given.", rich_help_panel=ROWS),
    ] = None
    format: Annotated[
        Literal["libsvm", "libfm", "libffm", "vw", "csv", "parquet"] | None,
        typer.Option(help="Detected from the file if not given.", rich_help_panel=ROWS),
    ] = None

    def over(self, folder: Path) -> Self:
        """Return those kept beside a model with these, where they are given, instead."""
        try:
            kept = json.loads((folder / KEPT).read_text(encoding="utf-8"))
            known = {field.name: kept[field.name] for field in dataclasses.fields(self) if field.name != "format"}
        except FileNotFoundError:
            return self  # saved by Python, which keeps none
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(f"{folder / KEPT}: is damaged ({error}); save the model again by rank fit") from error
        given = {name: value for name, value in vars(self).items() if value is not None}
        return type(self)(**known | given)

    def of_features(self) -> dict[str, Any]:
        """The parameters of `read_examples` for rows of which the label is not asked."""
        from nearfield.rank.features.cells import MISSING

        missing = MISSING if self.missing is None else ("", *self.missing)
        text = {name: value for name in ("separator", "encoding") if (value := getattr(self, name)) is not None}
        return {"missing": missing, "format": self.format} | text


@dataclass(frozen=True)
class RowOptions(FeatureOptions):
    """How rows are read, and their labels."""

    label: Annotated[str | None, _column('The column of labels in a table; "label" if not given.')] = None
    positive: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="The label that counts as 1; others as 0.", rich_help_panel=ROWS),
    ] = None
    weight: Annotated[str | None, _column("How much a row counts.")] = None
    group: Annotated[str | None, _column("Rows that are ranked against one another: a user or query.")] = None
    time: Annotated[str | None, _column("When: ISO 8601, or a number since 1970.")] = None
    time_unit: Annotated[
        Literal["s", "ms", "us", "ns"] | None,
        typer.Option(help="Of times that are numbers; detected if not given.", rich_help_panel=ROWS),
    ] = None

    def keep(self, folder: Path) -> None:
        """Write them beside a model."""
        from nearfield.files import atomic_file, list_files

        with atomic_file(folder / KEPT) as path:
            path.write_text(json.dumps(dataclasses.asdict(self)) + "\n", encoding="utf-8")
        list_files(folder)

    def of_all(self) -> dict[str, Any]:
        """The parameters of `read_examples` for rows with labels."""
        given: dict[str, Any] = {
            "label": self.label or "label",
            "positive": self.positive,
            "weight": self.weight,
            "group": self.group,
            "time": self.time,
            "time_unit": self.time_unit,
        }
        return given | self.of_features()


@dataclass(frozen=True)
class FirstOptions(RowOptions):
    """How rows are read that a model is to learn from first."""

    schema: Annotated[
        str | None,
        typer.Option(
            metavar="JSON|FILE",
            help='Kinds of some columns: {"age": "bucketed", "genres": "multi", …}; others are inferred.',
            rich_help_panel=ROWS,
        ),
    ] = None
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column that is no feature; may be repeated.", rich_help_panel=ROWS),
    ] = None
    bits: Annotated[int | None, typer.Option(min=1, max=30, help="Hash features to 2^bits.", rich_help_panel=ROWS)] = (
        None
    )
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out, count and report them.", rich_help_panel=ROWS)
    ] = False

    def of_first(self) -> dict[str, Any]:
        """The parameters of `read_examples` that `RowOptions` has not."""
        policy = "skip" if self.skip_bad_rows else "raise"
        given = {"schema": read_schema(self.schema), "bits": self.bits, "on_bad_row": policy}
        return given | ({"drop": self.drop} if self.drop else {})


@contextmanager
def as_typed(*, skippable: bool = False) -> Iterator[None]:
    """Say what is wrong with rows, and what to know of them, by the options of the shell, not by those of Python."""
    from nearfield.rank.features.bad_rows import BadRow

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        except BadRow as error:
            fixes = [typed(error.fix)] if error.fix else []
            fixes += ["--skip-bad-rows leaves such rows out"] if skippable else []
            raise BadInput(typed(error.what) + (f" ({'; '.join(fixes)})" if fixes else "")) from error
        except BadInput as error:
            raise BadInput(typed(str(error))) from error
    for warning in caught:
        warn(typed(str(warning.message)))


def typed(message: str) -> str:
    """Return a message with options as they are typed: `drop=['id']` as `--drop id`."""
    message = message.replace("classes=False", "--loss squared")
    message = re.sub(r"\bschema=(\{[^}]*\})", lambda found: f"--schema '{found[1]}'", message)
    message = re.sub(r"\bdrop=\['([^']*)'\]", lambda found: f"--drop {shlex.quote(found[1])}", message)
    names = "|".join(field.name for field in dataclasses.fields(FirstOptions))
    return re.sub(
        rf"(?<![\w-])({names})=(?=(.?))",
        lambda found: f"--{found[1].replace('_', '-')}{' ' * found[2].isalnum()}",
        message,
    )


def read_schema(given: str | None) -> Schema | None:
    """Read a JSON object, or the file that holds it: a field, and its kind or what `Column` takes."""
    if given is None:
        return None
    from nearfield.columns import Column
    from nearfield.io import read_text_file

    inline = given.lstrip().startswith("{")
    where = "--schema" if inline else given
    try:
        content = json.loads(given if inline else read_text_file(Path(given)))
    except ValueError as error:
        raise BadInput(f"{where}: {error}; expected a JSON object of fields and kinds") from error
    if not isinstance(content, dict):
        raise BadInput(f"{where}: holds a {type(content).__name__}; expected a JSON object of fields and kinds")
    kinds: dict[str, Any] = {
        field: one if isinstance(one, str) else Column.from_dict(one) for field, one in content.items()
    }
    return kinds


def read_rows(model: Ranker, files: Sequence[str], options: dict[str, Any]) -> Iterator[Examples]:
    """Yield the rows, block by block, as the model has learnt to read them."""
    from nearfield.rank.features.reading import stream_examples

    with as_typed():
        yield from stream_examples(files, space=model.space_, **options)
