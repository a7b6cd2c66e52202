"""What is said in sentences: the answer, what is doubtful, and where the figures come from."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from quotarisk.caution import Caution
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import speak_money
from quotarisk.reporting.namesakes import name_unit
from quotarisk.reporting.results import Results
from quotarisk.reporting.tables import ABOUT_EVEN, is_about_even
from quotarisk.scenario.quotas import scenario_quotas
from quotarisk.simulation.simulation import Provenance

MOST_ALIKE = 3  # cautions of one code that are told in full
HASH_LENGTH = 12  # characters of the scenario's hash that are told


def write_futures(share: float, paths: int) -> str:
    """In how many futures does something happen?

    Examples
    --------
    >>> write_futures(0.384, 20_000), write_futures(0.0001, 20_000), write_futures(0.0, 20_000)
    ('in 38 of 100 futures', 'in fewer than 1 of 100 futures', 'in none of 20,000 futures')
    """
    if share == 0:
        return f"in none of {paths:,} futures"
    if share == 1:
        return f"in all {paths:,} futures"
    if share < 0.005:
        return "in fewer than 1 of 100 futures"
    if share > 0.995:
        return "in more than 99 of 100 futures"
    return f"in {100 * share:.0f} of 100 futures"


def _names(names: list[str]) -> str:
    """Write names as a list in a sentence."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _team_sentence(results: Results) -> str:
    """Say whether the team makes its plan in the first of the longest periods that have one."""
    team = results.attainment.frame.filter(level="team")
    scenario = results.scenario
    if team.is_empty():
        # only what began before is left out, so all of it did
        names = [period.name for period in scenario.horizon.all_periods]
        one = len(names) == 1
        return (
            f"No period can be answered: {_names(names)} began before {scenario.start}, and the "
            f"scenario does not say what was booked in {'it' if one else 'them'} until then."
        )
    longest_first = pl.col("cadence").replace_strict(
        {cadence: -number for number, cadence in enumerate(CADENCES)}, return_dtype=pl.Int64
    )
    rows = team.sort(longest_first, "period")
    planned = rows.drop_nulls("p_hit")
    currency = scenario.currency
    if planned.is_empty():
        row = rows.row(0, named=True)
        elsewhere = " in a period that can be answered" if scenario_quotas(scenario).team else ""
        return (
            f"The team has no quota{elsewhere}: in {row['period']} it books "
            f"{speak_money(row['mean'])} {currency} on average, "
            f"{speak_money(row['p10'])} to {speak_money(row['p90'])} in 8 of 10 futures."
        )
    row = planned.row(0, named=True)
    return (
        f"The team makes its {row['period']} plan of {speak_money(row['quota'])} {currency} "
        f"{write_futures(row['p_hit'], results.provenance.paths)}."
    )


def _count_cadences(results: Results) -> tuple[list[str], dict[str, int]]:
    """Name the reps who have quotas of both cadences, and count whom which suits better."""
    rows = results.cadence.frame.drop_nulls("kinder")
    clear = rows.filter(~is_about_even())
    counts = {cadence: clear.filter(kinder=cadence).height for cadence in ("quarter", "month")}
    return rows["name"].to_list(), counts


def _cadence_sentence(results: Results) -> str:
    """Say for how many reps which cadence is better; nothing where no rep has both."""
    names, counts = _count_cadences(results)
    total = len(names)
    clear = {cadence: count for cadence, count in counts.items() if count}
    if not total:
        return ""
    only = name_unit("rep", names[0], results.scenario)
    if not clear:
        whom = only if total == 1 else "either rep" if total == 2 else f"any of {total} reps"
        return f"Month or quarter makes no clear difference to {whom}."
    parts: list[str] = []
    for cadence, count in sorted(clear.items(), key=lambda item: -item[1]):
        if parts:
            parts.append(f", {count} by the {cadence}")
        elif total == 1:
            parts.append(f"{only} is better measured by the {cadence}")
        else:
            whom = f"{count} of {total} reps"
            if count == total:
                whom = "Both reps" if total == 2 else f"All {total} reps"
            verb = "is" if count == 1 else "are"
            parts.append(f"{whom} {verb} better measured by the {cadence}")
    even = total - sum(clear.values())
    rest = f"; {even} {'is' if even == 1 else 'are'} {ABOUT_EVEN}" if even else ""
    return f"{''.join(parts)}{rest}."


def headline(results: Results) -> tuple[str, ...]:
    """What is the answer, in a sentence or two?"""
    return tuple(filter(None, (_team_sentence(results), _cadence_sentence(results))))


def cautions(results: Results) -> tuple[str, ...]:
    """What is doubtful about a run?"""
    return tell_cautions(results.cautions)


def tell_cautions(cautions: Iterable[Caution]) -> tuple[str, ...]:
    """What is doubtful? Of many cautions that are alike the first few, and how many more."""
    by_code: dict[str, list[str]] = {}
    for caution in cautions:
        by_code.setdefault(caution.code, []).append(caution.text)
    told: list[str] = []
    for texts in by_code.values():
        told += texts[:MOST_ALIKE]
        more = len(texts) - MOST_ALIKE
        if more > 0:
            told.append(f"The same holds for {more:,} more: --format json tells them all.")
    return tuple(told)


def _exact_check(results: Results) -> str:
    differences = pl.concat(
        results.attainment.frame.select(pl.col(key).abs().alias("z"))
        for key in ("p_hit_z", "mean_z")
    )["z"].drop_nulls()
    largest = differences.max()
    if not isinstance(largest, float):
        return ""
    return (
        f"exact check: {len(differences):,} figures, "
        f"largest difference {largest:.1f} standard errors"
    )


def source(results: Results) -> str:
    """Where do the figures come from, and how exact are they?"""
    worst = results.attainment.frame["p_hit_se"].max()
    error = (
        f"standard error of P(hit) at most {100 * worst:.2f} points"
        if isinstance(worst, float)
        else ""
    )
    return tell_source(results.provenance, error, _exact_check(results))


def tell_source(provenance: Provenance, *details: str) -> str:
    """Where do figures come from? Details that are empty are left out.

    Examples
    --------
    >>> tell_source(Provenance("Team", "0123456789abcdef", 7, 20_000, "0.1.0"))
    '20,000 paths, seed 7; scenario 0123456789ab; quotarisk 0.1.0'
    """
    return "; ".join(
        part
        for part in (
            f"{provenance.paths:,} paths, seed {provenance.seed}",
            *details,
            f"scenario {provenance.scenario_hash[:HASH_LENGTH]}",
            f"quotarisk {provenance.version}",
        )
        if part
    )
