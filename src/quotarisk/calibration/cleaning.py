"""What cannot be true in a CRM's export, and what is done about it; every row is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from quotarisk.calibration.aliases import IGNORED
from quotarisk.calibration.history import SCHEMA, Finding, Outcome, findings_of

UNASSIGNED = "unassigned"
OTHER = "other"


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    name
        A short key.
    treatment
        What is done, as a sentence.
    where
        Which rows it concerns.
    repair
        New values of columns in those rows; where there are none, the rows are left out.
    shown
        Columns that show what is wrong.
    """

    name: str
    treatment: str
    where: pl.Expr
    repair: Mapping[str, pl.Expr] = field(default_factory=dict)
    shown: Sequence[str] = ("deal",)


_OUTCOME, _AMOUNT = pl.col("outcome"), pl.col("amount")
_CREATED, _CLOSED = pl.col("created"), pl.col("closed")
_UNKNOWN: Mapping[str, pl.Expr] = {"amount": pl.lit(None, pl.Float64)}

RULES = (
    Rule("ignored_outcome", "Left out: deleted in the CRM.", _OUTCOME == IGNORED),
    Rule("no_outcome", "Left out: how they stand is not said.", _OUTCOME.is_null()),
    Rule(
        "no_created_date",
        "Left out: without a day of creation they have no age.",
        _CREATED.is_null(),
        shown=("deal", "outcome"),
    ),
    Rule(
        "negative_amount",
        "Left out: a credit or a correction is no opportunity.",
        _AMOUNT < 0,
        shown=("amount",),
    ),
    Rule(
        "won_without_close",
        "Left out: nobody knows when they were won.",
        (_OUTCOME == Outcome.WON) & _CLOSED.is_null(),
        shown=("deal", "created"),
    ),
    Rule(
        "lost_without_close",
        "Left out: nobody knows when they were lost.",
        (_OUTCOME == Outcome.LOST) & _CLOSED.is_null(),
        shown=("deal", "created"),
    ),
    Rule(
        "open_with_close_date",
        "The close date of an open deal is an expectation: it was ignored.",
        (_OUTCOME == Outcome.OPEN) & _CLOSED.is_not_null(),
        {"closed": pl.lit(None, pl.Date)},
        shown=("closed",),
    ),
    Rule(
        "closed_before_created",
        "Left out: one of the two days is wrong.",
        _CLOSED < _CREATED,
        shown=("closed", "created"),
    ),
    Rule(
        "lost_amount_zero",
        "The amount of a lost deal was set to 0: read as unknown.",
        (_OUTCOME == Outcome.LOST) & (_AMOUNT == 0),
        _UNKNOWN,
    ),
    Rule(
        "open_amount_zero",
        "The amount of an open deal is 0: read as unknown.",
        (_OUTCOME == Outcome.OPEN) & (_AMOUNT == 0),
        _UNKNOWN,
    ),
    Rule(
        "won_amount_unknown",
        "Kept, with an unknown amount: a won deal has an amount.",
        (_OUTCOME == Outcome.WON) & (_AMOUNT.is_null() | (_AMOUNT == 0)),
        _UNKNOWN,
    ),
)

HOLES = (
    Rule(
        "empty_id",
        "Numbered by their rows.",
        pl.col("deal").is_null(),
        {"deal": pl.format("row {}", "row")},
        shown=("rep", "created"),
    ),
    Rule(
        "empty_owner",
        f"Counted for a rep {UNASSIGNED!r}.",
        pl.col("rep").is_null(),
        {"rep": pl.lit(UNASSIGNED)},
    ),
)
NO_SEGMENT = Rule(
    "empty_segment",
    f"Counted for a segment {OTHER!r}.",
    pl.col("segment").is_null(),
    {"segment": pl.lit(OTHER)},
)


def _places(rows: pl.DataFrame, shown: Sequence[str]) -> list[tuple[int, str]]:
    return [
        (row["row"], ", ".join(f"{name} {row[name]}" for name in shown))
        for row in rows.iter_rows(named=True)
    ]


def _apply(frame: pl.DataFrame, rule: Rule) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    where = rule.where.fill_null(value=False)
    found = findings_of(rule.name, rule.treatment, _places(frame.filter(where), rule.shown))
    if not rule.repair:
        return frame.filter(~where), found
    repaired = {
        name: pl.when(where).then(value).otherwise(pl.col(name))
        for name, value in rule.repair.items()
    }
    return frame.with_columns(**repaired), found


def _once(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """Keep one row of each opportunity: the one that closed last, of these the last one."""
    named, unnamed = (
        frame.filter(pl.col("deal").is_not_null()),
        frame.filter(pl.col("deal").is_null()),
    )
    content = [name for name in frame.columns if name != "row"]
    single = named.unique(subset=content, keep="first", maintain_order=True)
    kept = single.sort("closed", "row", nulls_last=False).unique(
        subset="deal", keep="last", maintain_order=True
    )
    found = (
        *findings_of(
            "duplicate_rows",
            "Left out: they repeat another row in all that is read.",
            _places(named.join(single, on="row", how="anti"), ("deal",)),
        ),
        *findings_of(
            "contradictory_ids",
            "Left out: of rows with one id and other contents the one that closed last counts.",
            _places(single.join(kept, on="row", how="anti"), ("deal", "outcome", "closed")),
        ),
    )
    return pl.concat([kept, unnamed]).sort("row"), found


def merge_spellings(names: Sequence[str | None]) -> list[str | None]:
    """Which one spelling stands for all that differ in capitals only?

    One with both capitals and small letters, of these the most frequent, of these the first in
    the alphabet.

    Examples
    --------
    >>> merge_spellings(["ana silva", "Ana Silva", "ana silva", None])
    ['Ana Silva', 'Ana Silva', 'Ana Silva', None]
    """
    counts: dict[str, dict[str, int]] = {}
    for name in names:
        if name is not None:
            spellings = counts.setdefault(name.casefold(), {})
            spellings[name] = spellings.get(name, 0) + 1
    best = {
        key: min(found, key=lambda n: (n in (n.lower(), n.upper()), -found[n], n))
        for key, found in counts.items()
    }
    return [None if name is None else best[name.casefold()] for name in names]


def clean(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Finding, ...]]:
    """Which opportunities remain, and what was repaired or left out?

    Parameters
    ----------
    frame
        As read: ``row``, and the columns of a history; any of these but ``row`` may be empty. A
        segment column without any value stays so.

    Returns
    -------
    tuple
        The deals of a history, and the findings in the order of the rules.
    """
    segmented = not frame["segment"].is_null().all()
    found: tuple[Finding, ...] = ()
    for rule in RULES:
        frame, more = _apply(frame, rule)
        found += more
    frame, more = _once(frame)
    found += more
    for rule in (*HOLES, *([NO_SEGMENT] if segmented else [])):
        frame, more = _apply(frame, rule)
        found += more
    return frame.select(*SCHEMA), found
