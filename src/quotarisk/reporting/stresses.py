"""A stress test in sentences and labelled tables: what hurts the plan, and whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.builtin_stresses import ALL_AT_ONCE
from quotarisk.analysis.stress import AS_IT_IS
from quotarisk.periods import CADENCES
from quotarisk.reporting.drivers import driver_sentences, driver_tables
from quotarisk.reporting.formats import Z_95, speak_money, write_change, write_error
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.risks import CAPTIONS, UNDER_STRESS, risk_tables
from quotarisk.reporting.sentences import write_futures
from quotarisk.reporting.stressed import label_of, tell_stress
from quotarisk.reporting.tables import GROUP, LEVEL, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import count_of, list_names

Row = Mapping[str, Any]
QUESTION = "What if things turn out worse?"
HALF = 0.5
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


def _longest(frame: pl.DataFrame) -> str:
    """The longest cadence of which there is a P(hit), or any period; empty where there is none."""
    rows = frame.drop_nulls("p_hit") if frame["p_hit"].count() else frame
    held = set(rows["cadence"].unique())
    return next((cadence for cadence in reversed(CADENCES) if cadence in held), "")


def _legend(answer: Answer) -> str:
    """Say what each stress changes."""
    return "; ".join(
        f"{label_of(row['stress'])}: {tell_stress(row).removeprefix('with ')}"
        for row in answer.parts["stresses"].iter_rows(named=True)
    )


def _labelled(frame: pl.DataFrame) -> pl.DataFrame:
    labels = [label_of(stress) for stress in frame["stress"]]
    return frame.with_columns(pl.Series("label", labels, pl.String))


def plans_under_stress(answer: Answer, scenario: Scenario) -> Table:
    """What becomes of the plans of the team and its groups? The team first, stress by stress."""
    frame = answer.frame.filter(pl.col("level") != "rep")
    team = frame.filter(level="team")
    frame = frame.filter(cadence=_longest(team))
    order = pl.col("level") != "team"
    frame = _labelled(with_units(frame, scenario)).sort(order, maintain_order=True)
    units = pl.DataFrame({"unit": frame["unit"].unique(maintain_order=True)}).with_row_index("at")
    frame = frame.join(units, on="unit", maintain_order="left").sort(
        "at", "period", maintain_order=True
    )
    stressed = pl.when(pl.col("stress") != AS_IT_IS)
    frame = frame.with_columns(stressed.then(pl.col(key)).alias(key) for key in CHANGES)
    within = (WITHIN,) if frame["period"].n_unique() > 1 else ()
    period = "" if within or frame.is_empty() else f" in {frame['period'][0]}"
    return Table(
        "stress",
        f"What becomes of the plans{period} under stress?",
        (WHO, *within, STRESS, *FIGURES),
        frame.drop("at"),
        scenario.currency,
        (
            (
                ("p_hit_change",),
                "P(hit) in %, its change in points, ± half a 95 % interval; changes are taken on "
                "the same futures.",
            ),
            (("p10",), "P10: bookings fall below it in 1 of 10 futures."),
            (("expected_shortfall",), "Worst tenth: mean of the lowest tenth of bookings."),
            (
                ("shortfall",),
                "Missing: mean of what lacks to the quota, in the futures that miss it.",
            ),
            (("label",), f"{_legend(answer)}."),
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
    cadence = _longest(reps)
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
    return Table(
        "stress_reps",
        f"By how many points does each rep's P(hit) of a {cadence or 'period'} change?",
        tuple(columns),
        frame,
        scenario.currency,
        ((("p_hit",), f"Changes in points, {error} at most." if error else ""),),
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


def _first_rows(answer: Answer, level: str) -> pl.DataFrame:
    """A level under every stress, in the first of its longest periods that have a quota."""
    rows = answer.frame.filter(level=level)
    rows = rows.filter(cadence=_longest(rows))
    if rows["p_hit"].count():
        rows = rows.drop_nulls("p_hit")
    return rows.filter(pl.col("period") == pl.col("period").first())


def _lead(row: Row, stresses: Mapping[str, Row]) -> str:
    told = stresses[row["stress"]]
    what = tell_stress(told)
    return what if told["built_in"] else f"under {label_of(row['stress'])}, {what},"


def _points(row: Row) -> str:
    error = write_error(row["p_hit_change_se"], "points")
    return f"{write_change(row['p_hit_change'])} points {error}"


def _short(share: float, paths: int) -> str:
    """Tell in how many futures, where 100 were just spoken of."""
    return write_futures(share, paths).removesuffix(" of 100 futures")


def _plan(base: Row, currency: str, paths: int) -> str:
    """Tell what comes of the plan as it is, without the sentence's end."""
    if base["p_hit"] is not None:
        return (
            f"The team makes its {base['period']} plan of {speak_money(base['quota'])} {currency} "
            f"{write_futures(base['p_hit'], paths)}"
        )
    return (
        f"The team has no quota in a period that can be answered: in {base['period']} it books "
        f"{speak_money(base['mean'])} {currency} on average"
    )


def _outcome(row: Row, paths: int) -> str:
    """Tell what comes of the plan under a stress, and by how much it changes."""
    if row["p_hit"] is not None:
        return f"{_short(row['p_hit'], paths)} ({_points(row)})"
    return f"{speak_money(row['mean'])} ({speak_money(row['mean_change'])})"


def _is_clear(row: Row, key: str) -> bool:
    """Whether a change is one for the worse, beyond its error."""
    return bool(row[key] < 0 and row[key] <= -Z_95 * row[f"{key}_se"])


def _fallen_sentence(answer: Answer, stress: str) -> str:
    """Say which reps and groups fall below one half under a stress; nothing without quotas."""
    told = []
    for level in ("rep", "group"):
        gone = answer.parts["stresses"].filter(stress=stress)["remove_reps"].explode().to_list()
        rows = _first_rows(answer, level).filter(stress=stress).drop_nulls("p_hit")
        # who left has not fallen
        rows = rows.filter(
            ~pl.col("name").is_in([name for name in gone if name and level == "rep"])
        )
        if rows.is_empty():
            continue
        before = rows.filter(pl.col("p_hit_base") < HALF).height
        fallen = rows.filter(pl.col("p_hit_base") >= HALF, pl.col("p_hit") < HALF)["name"].to_list()
        already = f" ({before} {'was' if before == 1 else 'were'} before)" if before else ""
        if fallen:
            count = f"{len(fallen)} of {count_of(rows.height, level)}"
            verb = "falls" if len(fallen) == 1 else "fall"
            told.append(f"{count} {verb} below 50 %: {list_names(fallen)}{already}")
        else:
            told.append(f"no {level} falls below 50 %{already}")
    return f"Then {'; '.join(told)}." if told else ""


def stress_sentences(answer: Answer, scenario: Scenario) -> tuple[str, ...]:
    """What hurts the plan most, who falls below one half then, and what if all comes at once?"""
    rows = list(_first_rows(answer, "team").iter_rows(named=True))
    if not rows:
        return ("No period can be answered.",)
    base, others = rows[0], rows[1:]
    paths = answer.provenance.paths
    plan = _plan(base, scenario.currency, paths)
    stresses = {row["stress"]: row for row in answer.parts["stresses"].iter_rows(named=True)}
    together = [
        r for r in others if r["stress"] == ALL_AT_ONCE and stresses[ALL_AT_ONCE]["built_in"]
    ]
    single = [row for row in others if row not in together] or together
    if not single:
        return (f"{plan}.",)
    key = "mean_change" if base["p_hit"] is None else "p_hit_change"
    worst = min(single, key=lambda row: float(row[key]))
    if not _is_clear(worst, key):
        return (f"{plan}; no stress clearly lowers that.",)
    most = ", which hurts most" if len(single) > 1 else ""
    told = [
        f"{plan}; {_lead(worst, stresses)} {_outcome(worst, paths)}{most}.",
        _fallen_sentence(answer, worst["stress"]),
        *(f"All at once: {_outcome(row, paths)}." for row in together if row is not worst),
    ]
    return tuple(filter(None, told))


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
    teams = frame.filter(level="team")["unit"]
    units = dict.fromkeys([*teams, *frame["unit"]])  # the team first
    order = {unit: place for place, unit in enumerate(units)}
    at = pl.col("unit").replace_strict(order, return_dtype=pl.Int64)
    within = (WITHIN,) if frame["period"].n_unique() > 1 else ()
    return Table(
        "stress_risk",
        "How bad are the worst futures under stress?",
        (WHO, *within, STRESS, *(replace(column, error="") for column in UNDER_STRESS)),
        frame.sort(at, maintain_order=True),
        scenario.currency,
        tuple(told for told in CAPTIONS if told[0] != ("p_hit",)),
    )


def stress_reply(
    answer: Answer,
    drivers: Answer | None,
    scenario: Scenario,
    *,
    risk: Answer | None = None,
    in_full: bool = False,
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
    """
    stress = every_row(answer, scenario) if in_full else plans_under_stress(answer, scenario)
    told = [each for each in (answer, drivers, risk) if each is not None]
    return Reply(
        title=scenario.name,
        sentences=(
            *stress_sentences(answer, scenario),
            *(driver_sentences(drivers) if drivers is not None else ()),
        ),
        tables=(
            stress,
            reps_under_stress(answer, scenario, in_full=in_full),
            risk_under_stress(answer, scenario, in_full=in_full),
            *(_drivers(drivers, scenario, in_full=in_full) if drivers is not None else ()),
            # the first of them is the row "as it is" of the worst futures
            *(risk_tables(risk, scenario, longest=not in_full)[1:] if risk is not None else ()),
        ),
        cautions=tuple(dict.fromkeys(caution for each in told for caution in each.cautions)),
        # that of the risk is the beginning of the first
        notes=tuple(dict.fromkeys(each.note for each in told if each is not risk)),
        provenance=answer.provenance,
        currency=scenario.currency,
    )
