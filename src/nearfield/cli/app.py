"""All verbs under one command, and what a mistake looks like: one line on standard error and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import typer.main

from nearfield import __version__
from nearfield.cli.convert import convert
from nearfield.cli.demo import demo
from nearfield.cli.diff import diff
from nearfield.cli.evaluate import app as evaluate
from nearfield.cli.fit import app as fit
from nearfield.cli.follow import app as follow
from nearfield.cli.inspect import inspect
from nearfield.cli.next import next_keys
from nearfield.cli.numbers import strict_numbers
from nearfield.cli.output import say
from nearfield.cli.publish import publish
from nearfield.cli.rank import app as rank
from nearfield.cli.rollback import rollback
from nearfield.cli.search import search
from nearfield.cli.similar import similar
from nearfield.cli.tune import app as tune
from nearfield.cli.update import update
from nearfield.cli.versions import versions
from nearfield.cli.warmup import warmup
from nearfield.errors import NearfieldError, Refused, StorageError

FAILED, MISUSED = 1, 2
INTERRUPTED = 130  # what a shell reports for SIGINT

app = typer.Typer(
    name="nearfield",
    help="From a raw file to embeddings, and from embeddings to answers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(fit, name="fit")
app.command(no_args_is_help=True)(similar)
app.command("next", no_args_is_help=True)(next_keys)
app.command(no_args_is_help=True)(search)
app.add_typer(evaluate, name="evaluate")
app.add_typer(tune, name="tune")
app.add_typer(rank, name="rank")
app.command(no_args_is_help=True)(update)
app.command(no_args_is_help=True)(convert)
app.command(no_args_is_help=True)(inspect)
app.command(no_args_is_help=True)(publish)
app.command(no_args_is_help=True)(versions)
app.command(no_args_is_help=True)(rollback)
app.command(no_args_is_help=True)(diff)
app.add_typer(follow, name="follow")
app.command()(demo)
app.command()(warmup)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"nearfield {__version__}")
        raise typer.Exit


@app.callback()
def _nearfield(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """From a raw file to embeddings, and from embeddings to answers."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong usage or bad input."""
    # a key may hold what the terminal's encoding cannot say
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _warn  # type: ignore[assignment]
            command = strict_numbers(typer.main.get_command(app))
            code = command(args=arguments, prog_name="nearfield", standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        # the interpreter flushes once more at its end, and must find a stream that takes it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED  # as Typer does where it sees the pipe first
    except KeyboardInterrupt:
        code = INTERRUPTED
    except typer.TyperException as error:
        return _usage_error(error)
    except NearfieldError as error:
        say(f"nearfield: {error}")
        return FAILED if isinstance(error, StorageError | Refused) else MISUSED
    except OSError as error:
        say(f"nearfield: {error.filename or 'input or output'}: {error.strerror or error}")
        return FAILED
    except MemoryError:
        say("nearfield: out of memory; give less data or fewer dimensions")
        return FAILED
    if code == INTERRUPTED:
        say("nearfield: interrupted")
    return int(code)


_usual_warning = warnings.showwarning


def _warn(message: Warning | str, category: type[Warning], *place: Any) -> None:
    """Say a warning of ours in one line; those of other programs are for programmers."""
    if category.__name__ == "OtherReading":
        return  # the verbs say themselves what was typed
    if category is UserWarning:
        say(f"nearfield: warning: {message}")
    else:
        _usual_warning(message, category, *place)


def _usage_error(error: typer.TyperException) -> int:
    """Say in one line what Typer found wrong with the arguments; a verb without any shows its help."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
    else:
        command = context.command_path if context else "nearfield"
        say(f"{command}: {' '.join(error.format_message().split())} (see {command} --help)")
    return error.exit_code
