"""A stress test in sentences and labelled tables: what hurts the plan, and whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.stress import AS_IT_IS
from quotarisk.periods import CADENCES
from quotarisk.reporting.drivers import driver_sentences, driver_tables
from quotarisk.reporting.formats import write_error
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.risks import (
    CAPTIONS,
    UNDER_STRESS,
    bands_table,
    tell_variance,
    variance_tables,
)
from quotarisk.reporting.stress_sentences import longest_of, stress_sentences
from quotarisk.reporting.stressed import label_of, tell_stress
from quotarisk.reporting.tables import GROUP, LEVEL, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario

Row = Mapping[str, Any]
QUESTION = "What if things turn out worse?"
LEFT = "left"
WHO = Column("unit", "who", "text", "The team, a group or a rep.")
WITHIN = Column("period", "period", "text", "The month, quarter or fiscal year.")
STRESS = Column("label", "stress", "text", "What happens; the first row is the scenario as it is.")
CHANCE = Column(
    "p_hit", "P(hit)", "share", "How likely bookings reach the quota under the stress.", "p_hit_se"
)
FIGURES = (
    CHANCE,
    Column(
        "p_hit_change",
        "change",
        "points",
        "Change of P(hit), in points; its error is that of the difference on the same futures.",
        "p_hit_change_se",
    ),
    Column("quota", "quota", "money", "What must be booked in the period.", rank=4),
    Column("mean", "mean", "money", "Expected bookings under the stress.", rank=2),
    Column("mean_change", "change of mean", "money", "Change of expected bookings.", rank=3),
    Column("p10", "P10", "money", "Bookings fall below it in 1 of 10 futures.", rank=5),
    Column(
        "expected_shortfall",
        "worst tenth",
        "money",
        "Expected shortfall: the mean of the lowest tenth of bookings.",
        rank=1,
    ),
    Column(
        "shortfall",
        "missing",
        "money",
        "What is missing on average where the quota is missed.",
        rank=6,
    ),
)
CHANGES = ("p_hit_change", "p_hit_change_se", "mean_change", "mean_change_se")
_ERRORS = ("mean", "mean_change", "p10", "expected_shortfall", "shortfall")
EVERY_ROW = (
    STRESS,
    LEVEL,
    WHO,
    Column("cadence", "cadence", "text", "Month, quarter or fiscal year."),
    WITHIN,
    *(
        replace(column, error=f"{column.key}_se" if column.key in _ERRORS else column.error)
        for column in FIGURES
    ),
    GROUP,
    Column(LEFT, "who left", "text", "Who leaves under the stress: all that was there is gone."),
)


def _legend(answer: Answer) -> str:
    """Say what each stress changes."""
    return "; ".join(
        f"{label_of(row['stress'])}: {tell_stress(row).removeprefix('with ')}"
        for row in answer.parts["stresses"].iter_rows(named=True)
    )


def _labelled(frame: pl.DataFrame) -> pl.DataFrame:
    labels = [label_of(stress) for stress in frame["stress"]]
    return frame.with_columns(pl.Series("label", labels, pl.String))


def _has_stress(answer: Answer) -> bool:
    return not answer.parts["stresses"].is_empty()


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The team first, then groups; of each, period by period, one stress after the other."""
    sorted_by = [frame["level"] != "team"]
    for keys in (["name"], ["cadence", "period"]):
        first = {key: at for at, key in reversed(list(enumerate(frame.select(keys).iter_rows())))}
        order = {key: place for place, key in enumerate(sorted(first, key=first.__getitem__))}
        places = [order[key] for key in frame.select(keys).iter_rows()]
        sorted_by.append(pl.Series("place", places, pl.Int64))
    return frame.sort(sorted_by, maintain_order=True)


def plans_under_stress(answer: Answer, scenario: Scenario, *, every: bool = False) -> Table:
    """What becomes of the plans of the team and its groups? The team first, stress by stress.

    Parameters
    ----------
    answer, scenario
        From `stress_test`, and what was asked about.
    every
        Whether all periods are shown, or the longest of which there is a plan.
    """
    frame = answer.frame.filter(pl.col("level") != "rep")
    if not every:
        frame = frame.filter(cadence=longest_of(frame.filter(level="team")))
    frame = _in_order(_labelled(with_units(frame, scenario)))
    stressed = pl.when(pl.col("stress") != AS_IT_IS)
    frame = frame.with_columns(stressed.then(pl.col(key)).alias(key) for key in CHANGES)
    within = (WITHIN,) if frame["period"].n_unique() > 1 else ()
    period = "" if within or frame.is_empty() else f" in {frame['period'][0]}"
    has_stress = _has_stress(answer)
    chance = "P(hit) in %, its change in points, ± half a 95 % interval; changes are taken on the "
    legend = ((("label",), f"{_legend(answer)}."),) if has_stress else ()
    return Table(
        "stress",
        f"What becomes of the plans{period}{' under stress' if has_stress else ''}?",
        (WHO, *within, *((STRESS,) if has_stress else ()), *FIGURES),
        frame,
        scenario.currency,
        (
            (
                ("p_hit_change",) if has_stress else ("p_hit",),
                f"{chance}same futures." if has_stress else "P(hit) in %, ± half a 95 % interval.",
            ),
            (("p10",), "P10: bookings fall below it in 1 of 10 futures."),
            (("expected_shortfall",), "Worst tenth: mean of the lowest tenth of bookings."),
            (
                ("shortfall",),
                "Missing: mean of what lacks to the quota, in the futures that miss it.",
            ),
            *legend,
        ),
    )


def _leavers(stress: Row) -> pl.Expr:
    """Whether a rep leaves under a stress: then nothing changes, for there is nobody any more."""
    return pl.col("name").is_in(stress["remove_reps"] or [])


def reps_under_stress(answer: Answer, scenario: Scenario, *, in_full: bool = False) -> Table:
    """By how many points does each rep's P(hit) change under each stress?

    Of the longest cadence of which reps have quotas; of several periods the means, with the mean
    of their errors, which the error of the mean does not exceed. Who leaves under a stress has no
    change there: people read the word, which in full stands in a column of its own.
    """
    reps = answer.frame.filter(level="rep")
    cadence = longest_of(reps)
    rows = reps.filter(cadence=cadence).drop_nulls("p_hit")
    frame = (
        rows.filter(stress=AS_IT_IS)
        .group_by("name", maintain_order=True)
        .agg(pl.col("group").first(), pl.col("p_hit").mean(), pl.col("p_hit_se").mean())
    )
    columns = [
        Column("name", "rep", "text", "Who sells."),
        replace(GROUP, rank=30),
        replace(CHANCE, label="P(hit) as it is", note="How likely the quota is hit as it is."),
    ]
    stresses = answer.parts["stresses"]
    for number, told in enumerate(stresses.iter_rows(named=True)):
        stress = told["stress"]
        key, error, word = (f"{part}_{stress}" for part in ("change", "se", "left"))
        changes = (
            rows.filter(~_leavers(told), stress=stress)
            .group_by("name", maintain_order=True)
            .agg(
                pl.col("p_hit_change").mean().alias(key),
                pl.col("p_hit_change_se").mean().alias(error),
            )
        )
        frame = frame.join(changes, on="name", how="left", maintain_order="left")
        frame = frame.with_columns(pl.when(_leavers(told)).then(pl.lit(LEFT)).alias(word))
        note = f"Change of P(hit) in points: {tell_stress(told)}."
        rank = 2 + number if told["built_in"] else 1
        columns.append(Column(key, label_of(stress), "points", note, rank=rank, instead=word))
        if in_full and told["remove_reps"]:
            words = f"{label_of(stress)}: who"
            columns.append(Column(word, words, "text", "Who leaves, and so has no change."))
    columns_se = [frame[f"se_{stress}"].max() for stress in stresses["stress"]]
    worst = max((se for se in columns_se if isinstance(se, float)), default=None)
    error = write_error(worst, "points")
    names = rows["period"].unique()
    of_what = f"in {names[0]}" if len(names) == 1 else f"of a {cadence or 'period'}"
    asks = f"By how many points does each rep's P(hit) {of_what} change?"
    return Table(
        "stress_reps",
        asks if _has_stress(answer) else f"What is each rep's P(hit) {of_what}?",
        tuple(columns),
        frame,
        scenario.currency,
        ((("p_hit",), f"Changes in points, {error} at most."),) if error else (),
    )


def _words_of_leavers(answer: Answer) -> pl.Expr:
    stresses = answer.parts["stresses"].iter_rows(named=True)
    leaves = [(pl.col("stress") == told["stress"]) & _leavers(told) for told in stresses]
    is_rep = pl.col("level") == "rep"
    return pl.when(is_rep & pl.any_horizontal(False, *leaves)).then(pl.lit(LEFT)).alias(LEFT)


def every_row(answer: Answer, scenario: Scenario) -> Table:
    """Everybody under every stress, period by period: what programs get."""
    frame = with_units(_labelled(answer.frame), scenario).with_columns(_words_of_leavers(answer))
    return Table("stress", QUESTION, EVERY_ROW, frame, scenario.currency)


def _drivers(answer: Answer, scenario: Scenario, *, in_full: bool) -> tuple[Table, ...]:
    """What moves the chance: for people that of the team and its groups."""
    tables = driver_tables(answer, scenario)
    if in_full:
        return tables
    drivers, *others = tables
    above = drivers.frame.filter(pl.col("level") != "rep")
    return (replace(drivers, frame=above), *others) if above.height else tables


def risk_under_stress(answer: Answer, scenario: Scenario, *, in_full: bool = False) -> Table:
    """How bad are the worst futures of the team and its groups under each stress?

    Parameters
    ----------
    answer, scenario
        From `stress_test`, and what was asked about.
    in_full
        Whether quarters and years are shown, or the longest periods alone.
    """
    frame = _labelled(with_units(answer.parts["risk"], scenario))
    if not in_full:
        planned = frame.drop_nulls("quota")
        kept = (frame if planned.is_empty() else planned)["cadence"]
        frame = frame.filter(cadence=max(kept, key=CADENCES.index, default=""))
    within = (WITHIN,) if frame["period"].n_unique() > 1 else ()
    has_stress = _has_stress(answer)
    label = (STRESS,) if has_stress or in_full else ()
    return Table(
        "stress_risk",
        f"How bad are the worst futures{' under stress' if has_stress else ''}?",
        (
            WHO,
            *within,
            *label,
            *(
                column if column.format == "share" else replace(column, error="")
                for column in UNDER_STRESS
            ),
        ),
        _in_order(frame),
        scenario.currency,
        (
            *(told for told in CAPTIONS if told[0] != ("p_hit",)),
            (
                ("over_assignment", "largest_share"),
                "Quotas, and whose bookings are the largest part, are of those who are there.",
            ),
        ),
    )


def bands_under_stress(
    answer: Answer, scenario: Scenario, *, in_full: bool = False
) -> tuple[Table, ...]:
    """How many of the reps end how far from their quotas under each stress? None without quotas."""
    if answer.parts["bands"].is_empty():
        return ()
    table = bands_table(answer, scenario, longest=not in_full, kept=("stress",))
    frame = table.frame if in_full else table.frame.filter(level="team")
    who, *others = table.columns
    within = [column for column in others if column.key in ("cadence", "period")]
    rest = [column for column in others if column not in within]
    label = (STRESS,) if _has_stress(answer) or in_full else ()
    told = "Who left is not counted."
    if not in_full:  # there is no room for all errors
        errors = [frame[column.error].max() for column in rest if column.error]
        most = max((error for error in errors if isinstance(error, float)), default=None)
        rest = [replace(column, error="") for column in rest]
        told = f"Shares are {write_error(most, 'share')} at most. {told}"
    return (
        replace(
            table,
            columns=(who, *within, *label, *rest),
            frame=_labelled(frame),
            captions=(*table.captions, ((">=120",), told)),
        ),
    )


def _unstressed(risk: Answer, scenario: Scenario, *, in_full: bool) -> Iterator[Table]:
    """What makes bookings vary: told of the scenario as it is, and the tables say so."""
    for table in variance_tables(risk, scenario, longest=not in_full):
        ((keys, _),) = table.captions
        told = (keys, "Of the scenario as it is, not under a stress.")
        yield replace(table, captions=(*table.captions, told))


def _of_period(answer: Answer, period: str | None) -> Answer:
    """Keep a period, or all of a cadence; all of them where none is named."""
    if period is None:
        return answer
    key = "cadence" if period in CADENCES else "period"
    return replace(answer, frame=answer.frame.filter(pl.col(key) == period))


def stress_reply(
    answer: Answer,
    drivers: Answer | None,
    scenario: Scenario,
    *,
    risk: Answer | None = None,
    in_full: bool = False,
    period: str | None = None,
    every_period: bool = False,
) -> Reply:
    """What do people and programs get of a stress test?

    Parameters
    ----------
    answer
        From `stress_test`.
    drivers
        From `rank_drivers`, where it was asked for.
    scenario
        What was asked about.
    risk
        From `measure_risk`, where it was asked for: the team as it is.
    in_full
        Whether the table ``stress`` holds everybody and every period, as programs want it; else
        the team and its groups, in the longest periods of which there is a plan. Likewise the
        table ``drivers``.
    period
        Name of a period, or a cadence, that people are shown instead of the longest.
    every_period
        Whether people are shown all periods of the table ``stress``, where none is named.
    """
    told = [each for each in (answer, drivers, risk) if each is not None]
    shown = _of_period(answer, period)
    every = every_period and period is None
    stress = (
        every_row(answer, scenario) if in_full else plans_under_stress(shown, scenario, every=every)
    )
    return Reply(
        title=scenario.name,
        sentences=(
            *stress_sentences(shown, scenario, scoped=period is not None),
            *(driver_sentences(drivers) if drivers is not None else ()),
            *(tell_variance(risk, scenario) if risk is not None else ()),
        ),
        tables=(
            stress,
            reps_under_stress(answer if in_full else shown, scenario, in_full=in_full),
            risk_under_stress(answer, scenario, in_full=in_full or every),
            *bands_under_stress(answer, scenario, in_full=in_full),
            *(_drivers(drivers, scenario, in_full=in_full) if drivers is not None else ()),
            *(_unstressed(risk, scenario, in_full=in_full) if risk is not None else ()),
        ),
        cautions=tuple(dict.fromkeys(caution for each in told for caution in each.cautions)),
        # that of the risk is the beginning of the first
        notes=tuple(dict.fromkeys(each.note for each in told if each is not risk)),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
