"""The one place where something that went wrong becomes a message and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import click

from quotarisk.cli.lines import as_line
from quotarisk.errors import Fault, InputError, QuotariskError

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as shells tell it
PIPE_CLOSED = 141  # 128 + SIGPIPE

Command = TypeVar("Command", bound=Callable[..., object])


@dataclass
class Session:
    """What is said once and holds for the whole call."""

    debug: bool = False


def _remember(context: click.Context, _: click.Parameter, debug: bool) -> None:
    session = context.find_root().ensure_object(Session)
    session.debug = session.debug or debug


def debug_option(command: Command) -> Command:
    """Add ``--debug``, which may stand before or after a command's name."""
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_remember,
        help="Show the traceback of an error.",
    )(command)


def _summary(faults: tuple[Fault, ...]) -> str:
    """Count the faults, and name their files."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
    files = list(dict.fromkeys(fault.file for fault in faults if fault.file))
    return f"{count} in {', '.join(files)}" if files else count


def _hide_stdout() -> None:
    """Let nobody write to a pipe that is closed, not even Python when it ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(error: BaseException, *, debug: bool = False) -> tuple[tuple[str, ...], int]:
    """What went wrong, in lines, and with which exit status does the command end?

    Parameters
    ----------
    error
        What was raised.
    debug
        Whether the traceback is shown too, so that nobody need be told how to see it.
    """
    if isinstance(error, KeyboardInterrupt):
        return ("interrupted",), INTERRUPTED
    if isinstance(error, InputError):
        told = [*(f"error: {fault}" for fault in error.faults), _summary(error.faults)]
        return tuple(map(as_line, told)), error.exit_status
    if isinstance(error, QuotariskError):
        return (as_line(f"error: {error}"),), error.exit_status
    if isinstance(error, MemoryError):
        return ("error: there is not enough memory for so many --paths",), FAILED
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    advice = "" if debug else "; run again with --debug for the traceback"
    return (as_line(f"quotarisk failed: {what}{advice}"),), FAILED


def report_failure(error: BaseException, *, debug: bool) -> int:
    """What went wrong, on stderr, and with which exit status does the command end?

    Parameters
    ----------
    error
        What was raised.
    debug
        Whether to show the traceback too.
    """
    if isinstance(error, BrokenPipeError):
        _hide_stdout()
        return PIPE_CLOSED
    if debug and not isinstance(error, KeyboardInterrupt):
        click.echo("".join(traceback.format_exception(error)), nl=False, err=True)
    lines, status = explain(error, debug=debug)
    for line in lines:
        click.echo(line, err=True)
    return status
