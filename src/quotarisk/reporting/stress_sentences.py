"""A stress test in sentences: what hurts the plan, and who falls below one half then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.builtin_stresses import ALL_AT_ONCE
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import Z_95, speak_money, write_change, write_error
from quotarisk.reporting.sentences import write_futures
from quotarisk.reporting.stressed import label_of, tell_stress
from quotarisk.scenario.scenario import Scenario
from quotarisk.wording import count_of, list_names

Row = Mapping[str, Any]
HALF = 0.5
NO_STRESS = "There is no stress to hold against it."


def longest_of(frame: pl.DataFrame) -> str:
    """The longest cadence of which there is a P(hit), or any period; empty where there is none."""
    rows = frame.drop_nulls("p_hit") if frame["p_hit"].count() else frame
    held = set(rows["cadence"].unique())
    return next((cadence for cadence in reversed(CADENCES) if cadence in held), "")


def _first_rows(answer: Answer, level: str) -> pl.DataFrame:
    """A level under every stress, in the first of its longest periods that have a quota."""
    rows = answer.frame.filter(level=level)
    rows = rows.filter(cadence=longest_of(rows))
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


def _plan(base: Row, currency: str, paths: int, *, scoped: bool) -> str:
    """Tell what comes of the plan as it is, without the sentence's end."""
    if base["p_hit"] is not None:
        return (
            f"The team makes its {base['period']} plan of {speak_money(base['quota'])} {currency} "
            f"{write_futures(base['p_hit'], paths)}"
        )
    when = "then" if scoped else "in a period that can be answered"
    return (
        f"The team has no quota {when}: in {base['period']} it books "
        f"{speak_money(base['mean'])} {currency} on average"
    )


def _outcome(row: Row, paths: int) -> str:
    """Tell what comes of the plan under a stress, and by how much it changes."""
    if row["p_hit"] is not None:
        return f"{_short(row['p_hit'], paths)} ({_points(row)})"
    return f"{speak_money(row['mean'])} ({speak_money(row['mean_change'])})"


def _alike(worst: Row, others: Sequence[Row], key: str) -> str:
    """Say that one hurts most, or which others do as much within the errors of both."""
    if not others:
        return ""
    alike = [
        row
        for row in others
        if row[key] - worst[key] < Z_95 * math.hypot(row[f"{key}_se"], worst[f"{key}_se"])
    ]
    if not alike:
        return ", which hurts most"
    names = list_names([label_of(row["stress"]) for row in alike])
    verb = "hurts" if len(alike) == 1 else "hurt"
    return f"; within the errors {names} {verb} as much"


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


def stress_sentences(
    answer: Answer, scenario: Scenario, *, scoped: bool = False
) -> tuple[str, ...]:
    """What hurts the plan most, who falls below one half then, and what if all comes at once?

    Parameters
    ----------
    answer, scenario
        From `stress_test`, and what was asked about.
    scoped
        Whether the answer holds the periods alone that were asked for.
    """
    rows = list(_first_rows(answer, "team").iter_rows(named=True))
    if not rows:
        return ("No period can be answered.",)
    base, others = rows[0], rows[1:]
    paths = answer.provenance.paths
    plan = _plan(base, scenario.currency, paths, scoped=scoped)
    stresses = {row["stress"]: row for row in answer.parts["stresses"].iter_rows(named=True)}
    together = [
        r for r in others if r["stress"] == ALL_AT_ONCE and stresses[ALL_AT_ONCE]["built_in"]
    ]
    single = [row for row in others if row not in together] or together
    if not single:
        return (f"{plan}.", NO_STRESS)
    key = "mean_change" if base["p_hit"] is None else "p_hit_change"
    worst = min(single, key=lambda row: float(row[key]))
    if not _is_clear(worst, key):
        return (f"{plan}; no stress clearly lowers that.",)
    most = _alike(worst, [row for row in single if row is not worst], key)
    told = [
        f"{plan}; {_lead(worst, stresses)} {_outcome(worst, paths)}{most}.",
        _fallen_sentence(answer, worst["stress"]),
        *(f"All at once: {_outcome(row, paths)}." for row in together if row is not worst),
    ]
    return tuple(filter(None, told))
