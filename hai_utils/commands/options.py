"""The options that several commands have, and how a command ends that meets an error of the user."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from hai_utils.errors import HaiError
from hai_utils.untrusted import plain_lines

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Own = Annotated[Path | None, typer.Option(help="Dictionary of the cohort's own columns and endpoints (CSV).")]
Scans = Annotated[Path | None, typer.Option(help="Long table of lesion scans (CSV), one lesion at one scan a row.")]
Source = Annotated[Path | None, typer.Option(help="The project; default: the nearest folder with _toc.yml.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One parameter; wins over files. Repeatable.")
]
Profile = Annotated[str, typer.Option(help="Profile of methods, such as recommended.")]
Out = Annotated[Path, typer.Option(help="Folder for what is made; nothing in it is replaced.")]
Guess = Annotated[
    bool, typer.Option("--guess", help="Write the mapping as far as the file tells it, its questions at the top.")
]
Ask = Annotated[bool, typer.Option("--ask", help="Put the questions here, one after another, and import.")]


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option --debug; an error for the user becomes a plain message and the exit code that belongs to it."""

    @wraps(command)
    def run(*args: Any, debug: bool, **options: Any) -> None:  # noqa: ANN401 - whatever the command takes
        try:
            command(*args, **options)
        except HaiError as error:
            if debug:
                raise
            typer.echo(plain_lines(str(error)), err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt as stop:
            typer.echo("Stopped. The previous run is untouched.", err=True)
            raise typer.Exit(stop.args[0] if stop.args else 130) from None
        except BrokenPipeError:
            # The reader of the pipe has closed it, as `head` does; what Python flushes at its end goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except OSError as error:
            if debug:
                raise
            typer.echo(f"The run failed: {error.strerror or error}. The previous run is untouched.", err=True)
            raise typer.Exit(3) from None

    own = signature(command, eval_str=True)
    option = Parameter("debug", Parameter.KEYWORD_ONLY, default=False, annotation=Debug)
    run.__annotations__ = {**command.__annotations__, "debug": Debug}
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), option])  # type: ignore[attr-defined]
    return run
