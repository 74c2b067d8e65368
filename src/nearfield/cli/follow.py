"""`nearfield follow`: what a folder gets becomes versions of a store; one file for each kind of thing in it."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from nearfield.cli.follow_items import follow_items
from nearfield.cli.follow_rank import follow_rank
from nearfield.cli.follow_words import follow_words


class _ItemsUnlessNamed(TyperGroup):
    """`nearfield follow LOGDIR` is `nearfield follow items LOGDIR`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["items", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_ItemsUnlessNamed, no_args_is_help=True)
app.command("words", no_args_is_help=True)(follow_words)
app.command("items", no_args_is_help=True)(follow_items)
app.command("rank", no_args_is_help=True)(follow_rank)


@app.callback()
def _follow() -> None:
    """Learn from a folder, and go on learning what it gets; `follow LOGDIR` is `follow items LOGDIR`."""
