"""``quotarisk stress``: what if things turn out worse, and what moves the chance most?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import click
import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.asked_periods import choose_periods
from quotarisk.analysis.builtin_stresses import BUILTINS, TOP_REP_LEAVES, builtin_stresses
from quotarisk.analysis.drivers import rank_drivers
from quotarisk.analysis.risk import measure_risk
from quotarisk.analysis.stress import AS_IT_IS, stress_names, stress_test
from quotarisk.batch.inputs import list_files
from quotarisk.caution import Caution
from quotarisk.cli.failures import debug_option
from quotarisk.cli.place import Place
from quotarisk.cli.progress import show_progress
from quotarisk.cli.replying import (
    FOR_PEOPLE,
    ReplyDelivery,
    check_delivery,
    deliver_reply,
    reply_options,
)
from quotarisk.cli.risk_options import CROSSED, check_risk_options, risk_options, tell_crossings
from quotarisk.cli.simulation_options import simulation_options
from quotarisk.errors import Fault, suggest
from quotarisk.periods import Cadence
from quotarisk.reporting.risk_line import crossings_in
from quotarisk.reporting.stresses import stress_reply
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import under_stress, variant_of
from quotarisk.simulation.simulation import Level

STRESS_TABLES = ("stress", "stress_reps", "stress_risk", "bands")
DRIVER_TABLES = ("drivers", "split")
RISK_TABLES = ("variance", "contributors")


def _choose(scenario: Scenario, only: tuple[str, ...], *, builtin: bool) -> list[str] | None:
    """Which stresses are wanted? All there are, where nothing is said.

    Raises
    ------
    UsageError
        If there is none of a name, or a name is left out and asked for.
    """
    names = list(stress_names(scenario) if builtin else scenario.stress)
    for name in only:
        if name not in names:
            hint = suggest(name, names)
            if name in BUILTINS and not builtin:
                hint = "it is built in, and --no-builtin leaves these out"
            raise click.UsageError(
                f"--only names no stress, got {name!r}" + (f"; {hint}" if hint else "")
            )
    if only:
        return list(only)
    return None if builtin else names


def _why_nothing(name: str, stress: Stress) -> str:
    """Say why a stress changes nothing."""
    if stress.delay_hires_days:
        return "nobody starts within the horizon, so there is nothing to delay"
    if name == TOP_REP_LEAVES and not stress.remove_reps:
        return "the team has but one rep, so nobody can leave"
    return "nothing that it moves is there"


def _split(scenario: Scenario, names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Which stresses change something, and why do the others change nothing?"""
    base = variant_of(scenario, 0)
    known = {**builtin_stresses(scenario), **scenario.stress}
    moving, still = [], {}
    for name in names:
        if under_stress(base, known[name]).tasks == base.tasks:
            still[name] = _why_nothing(name, known[name])
        else:
            moving.append(name)
    return moving, still


def _leave_out(
    scenario: Scenario, file: str, only: tuple[str, ...], chosen: list[str] | None
) -> tuple[list[str] | None, tuple[Caution, ...]]:
    """Leave out what is asked for by name and changes nothing, and say so.

    Raises
    ------
    UsageError
        If all that is asked for changes nothing.
    """
    if chosen is None:  # built-in ones that change nothing then stay away by themselves
        return None, ()
    moving, still = _split(scenario, chosen)
    if only and not moving:
        others, _ = _split(scenario, stress_names(scenario))
        got = ", ".join(f"{name!r}: {why}" for name, why in still.items())
        rule = "--only must name a stress that changes something"
        raise click.UsageError(str(Fault(file, "", rule, got=got, hint=suggest("", others))))
    told = (
        Caution("stress_left_out", (name,), f"{name} would change nothing: {why}. Left out.")
        for name, why in still.items()
    )
    return moving, tuple(told)


def _crossings(
    answer: Answer, below: float, level: Level | None, cadence: Cadence | None
) -> tuple[str, ...]:
    """Who is below the line, stress by stress? The scenario as it is counts too.

    Who leaves under a stress is not judged there: nobody expects a booking any more.
    """
    told = answer.parts["stresses"].select("stress", "remove_reps").iter_rows()
    gone: dict[str, list[str]] = dict(told)
    crossed: list[str] = []
    for (stress,), rows in answer.frame.group_by("stress", maintain_order=True):
        left = (pl.col("level") == "rep") & pl.col("name").is_in(gone.get(stress, []))
        there = rows.filter(~left)
        judged = there.filter(level=level or "team")
        if there.height < rows.height and not judged["p_hit"].count():
            continue  # who has a quota left
        lines = crossings_in(there, below, level=level or "team", cadence=cadence)
        crossed += lines if stress == AS_IT_IS else [f"{stress}: {line}" for line in lines]
    return tuple(crossed)


def _check_period(scenario: Scenario, period: str | None) -> None:
    """Refuse a period that cannot be answered before anything is drawn."""
    if period is not None:
        choose_periods(variant_of(scenario, 0), period)


@click.command("stress", epilog="Example: quotarisk stress team.toml --only low_win_rates")
@click.argument("scenario", type=Place())
@simulation_options
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="A stress, built in or of the scenario; may be given again. All where left out.",
)
@click.option(
    "--builtin/--no-builtin",
    default=True,
    show_default=True,
    help="Whether the built-in stresses are added to those of the scenario.",
)
@click.option(
    "--period",
    metavar="NAME",
    help="The period of the first table and of the assumptions, such as 2027-Q1 or 2027-03; month, "
    "quarter or year for all of them. The longest with a plan where left out; --all shows all in "
    "the first table.",
)
@click.option(
    "--drivers/--no-drivers",
    default=True,
    show_default=True,
    help="Whether assumptions are moved one by one too, which takes a run for each.",
)
@risk_options
@reply_options
@debug_option
def stress_command(
    scenario: str,
    paths: int,
    seed: int,
    workers: int | None,
    only: tuple[str, ...],
    builtin: bool,
    period: str | None,
    drivers: bool,
    fail_under: float | None,
    level: Level | None,
    cadence: Cadence | None,
    delivery: ReplyDelivery,
) -> None:
    """What if win rates fall, cycles stretch, a rep leaves?

    SCENARIO is a TOML file; its [stress.NAME] tables are stresses of its own. All are simulated on
    the same futures as the scenario as it is. With --fail-under the run ends with status 3 if a
    P(hit) is below the line under any of the stresses, or as it is.
    """
    check_risk_options(fail_under, level, cadence)
    tables = (*STRESS_TABLES, *(DRIVER_TABLES if drivers else ()), *RISK_TABLES)
    check_delivery(delivery, sources=list_files(scenario), tables=tables)
    loaded = load_scenario(scenario)
    _check_period(loaded, period)
    chosen, left_out = _leave_out(loaded, scenario, only, _choose(loaded, only, builtin=builtin))
    with show_progress(len(loaded.reps), "stressing") as progress:
        answer = stress_test(
            loaded, stresses=chosen, paths=paths, seed=seed, workers=workers, progress=progress
        )
    answer = replace(answer, cautions=(*answer.cautions, *left_out))
    moved = None
    if drivers:
        with show_progress(len(loaded.reps), "moving assumptions") as progress:
            moved = rank_drivers(
                loaded, period=period, paths=paths, seed=seed, workers=workers, progress=progress
            )
    crossed = _crossings(answer, fail_under, level, cadence) if fail_under is not None else ()
    with show_progress(len(loaded.reps), "splitting the risk") as progress:
        risk = measure_risk(loaded, paths=paths, seed=seed, workers=workers, progress=progress)
    reply = stress_reply(
        answer,
        moved,
        loaded,
        risk=risk,
        in_full=delivery.form not in FOR_PEOPLE,
        period=period,
        every_period=delivery.every_row,
    )
    deliver_reply(reply, delivery)
    for line in tell_crossings(crossed, fail_under):
        click.echo(line, err=True)
    if crossed:
        click.get_current_context().exit(CROSSED)
