"""The command line: commands are named here, and loaded when they are called."""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from quotarisk.cli.failures import Session, debug_option, report_failure

COMMANDS = {
    "backtest": "Would forecasts from a CRM's history have been right?",
    "batch": "Write reports of many scenarios, whole or not at all.",
    "check": "Look for faults in a scenario, and say what was understood.",
    "diff": "What changed since the last run, and what did each change do?",
    "fit": "Make a scenario of a CRM's history.",
    "gaps": "In which stage does a rep lose, and what does it cost?",
    "goals": "What must each rep do each week, and is there time for it?",
    "init": "Write a scenario file to start from.",
    "mix": "Which blend of small fast and big slow deals?",
    "pay": "What does the plan pay, cost and make people sell?",
    "quotas": "Which quota is hit with 60 %, and which split is fair?",
    "report": "Write a report: a page, a workbook, or a folder with everything.",
    "run": "How likely are reps, groups and the team to hit their quotas?",
    "stress": "What if win rates fall, cycles stretch, a rep leaves?",
    "time": "How much time for prospecting, how much for open deals?",
}


class LazyGroup(click.Group):
    """Commands whose modules are imported when they are called; their errors end here."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the options; where --help is piped to who closes, end as commands do."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError as error:
            raise SystemExit(report_failure(error, debug=False)) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, and import its module."""
        name, _, rest = super().resolve_command(ctx, args)
        command = getattr(import_module(f"quotarisk.cli.{name}"), f"{name}_command")
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what goes wrong becomes a message and an exit status."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SystemExit:
            raise
        except BaseException as error:  # a panic of polars is no Exception
            ctx.exit(report_failure(error, debug=ctx.ensure_object(Session).debug))


def _show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        metadata = import_module("importlib.metadata")  # 20 ms that only --version needs
        try:
            click.echo(f"quotarisk {metadata.version('quotarisk')}")
        except metadata.PackageNotFoundError:
            click.echo("quotarisk, a source tree that is not installed")
        context.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 the run failed, 2 bad input, 3 a risk line was crossed, "
    "4 scenarios of a batch failed.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@debug_option
def main() -> None:
    """How likely is each rep, group and team to hit its monthly and quarterly quotas?"""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a dash that a narrow encoding lacks is no error


for _name, _help in COMMANDS.items():
    main.add_command(click.Command(_name, help=_help))
