"""What do the forecasts of a backtest prove?"""

from __future__ import annotations

import polars as pl

from quotarisk.analysis.forecasting import NAIVE
from quotarisk.analysis.hits import brier_scores
from quotarisk.analysis.scores import mean_score, ratio_of_scores
from quotarisk.calibration.ranks import effective_windows, inside
from quotarisk.caution import Caution

COVERAGES = (0.5, 0.8, 0.95)


def score(rows: pl.DataFrame, hits: pl.DataFrame) -> dict[str, object]:
    """How good were the forecasts of a level and a horizon?"""
    origins, names = rows["origin"].to_list(), rows["name"].to_list()
    days = max(rows["days"].to_list())
    crps = mean_score(rows["crps_model"], origins=origins, reps=names, days=days)
    told: dict[str, object] = {
        "level": rows["level"][0],
        "months": rows["months"][0],
        "forecasts": rows.height,
        "origins": rows["origin"].n_unique(),
        "windows": effective_windows(origins, days=days),
        "crps": crps.value,
        "crps_se": crps.se,
    }
    ratios = {}
    for way in NAIVE:
        key = f"crps_{way}"
        scored = key in rows.columns and rows[key].null_count() == 0
        ratio = (
            ratio_of_scores(rows["crps_model"], rows[key], origins=origins, reps=names, days=days)
            if scored
            else None
        )
        told[f"ratio_{way}"] = None if ratio is None else ratio.value
        told[f"ratio_{way}_se"] = None if ratio is None else ratio.se
        if ratio is not None:
            ratios[way] = ratio
    best = max(ratios, key=lambda way: ratios[way].value)
    told |= {"best_naive": best, "ratio": ratios[best].value, "ratio_se": ratios[best].se}
    for level in COVERAGES:
        share = mean_score(inside(rows["pit"], level), origins=origins, reps=names, days=days)
        told[f"coverage_{100 * level:.0f}"] = share.value
        told[f"coverage_{100 * level:.0f}_se"] = share.se
    if hits.height:
        hits = hits.filter(level=rows["level"][0], months=rows["months"][0])
    return told | {"mean_pit": rows["pit"].mean()} | brier_scores(hits, tuple(NAIVE))


def verdicts(frame: pl.DataFrame) -> tuple[Caution, ...]:
    """What speaks against the forecasts, or for little?"""
    found = []
    for row in frame.iter_rows(named=True):
        what = f"{row['level']}s" if row["level"] != "team" else "team"
        span = "month" if row["months"] == 1 else f"{row['months']} months"
        length = "a month" if row["months"] == 1 else span
        if row["ratio"] > 1:
            found.append(
                Caution(
                    "naive_is_better",
                    (row["level"],),
                    f"For the {what} over the next {span} the naive forecast "
                    f"({NAIVE[row['best_naive']]}) would have been better: errors are "
                    f"{row['ratio']:.2f} times as large.",
                )
            )
        if row["coverage_80"] + 2 * (row["coverage_80_se"] or 0.0) < COVERAGES[1]:
            found.append(
                Caution(
                    "too_narrow",
                    (row["level"],),
                    f"Only {row['coverage_80']:.0%} of the outcomes ({what}, {span}) lay "
                    "inside the intervals that should hold 80%: they are too narrow.",
                )
            )
        if row["windows"] < 3:
            found.append(
                Caution(
                    "few_windows",
                    (),
                    f"The forecasts over {length} rest on {row['windows']:.1f} windows that do not "
                    "overlap: they prove little.",
                )
            )
    return tuple(dict.fromkeys(found))
