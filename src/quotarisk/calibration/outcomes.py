"""How each opportunity ended: from a column of words, or from two of yes and no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quotarisk.calibration.aliases import KNOWN_WORDS, OUTCOME_WORDS, plain_word
from quotarisk.calibration.extract import Extract, tidy
from quotarisk.calibration.history import Finding, Outcome, findings_of
from quotarisk.calibration.mapping import ColumnMap, Columns
from quotarisk.errors import Fault, suggest
from quotarisk.scenario.quoting import quote

YES = frozenset({"true", "1", "yes", "y", "t"})
NO = frozenset({"false", "0", "no", "n", "f", ""})

Ends = list[str | None]
Read = tuple[Ends, tuple[Finding, ...], tuple[Fault, ...]]


def _unknown_words(texts: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Count the words whose meaning nobody said, in the order in which they come."""
    counts: dict[str, int] = {}
    for text in texts:
        if text and plain_word(text) not in known:
            counts[text] = counts.get(text, 0) + 1
    return counts


def _from_words(extract: Extract, columns: Columns, told: ColumnMap) -> Read:
    """Read the first of the columns that may hold the outcome whose words are all known."""
    known = {**KNOWN_WORDS, **told.outcomes}
    unknown: list[tuple[str, dict[str, int]]] = []
    for index in columns.outcomes:
        texts = [tidy(row.cells[index]) for row in extract.rows]
        words = _unknown_words(texts, known)
        if not words:
            return [known[plain_word(text)] if text else None for text in texts], (), ()
        unknown.append((extract.header[index], words))
    name, words = min(unknown, key=lambda pair: len(pair[1]))
    rule = f"the words of {name} must be known as {', '.join(OUTCOME_WORDS)}"
    example = next(iter(words))
    hint = f"say what they mean in the map file: [outcomes] open = [{example!r}]"
    usual = [word for group in OUTCOME_WORDS.values() for word in group]
    near = suggest(example, usual)
    hint = f"{near} {hint}" if near else hint
    listed = ", ".join(f"{quote(word)} ({count})" for word, count in words.items())
    return [], (), (Fault(extract.file, f"column {name}", rule, listed, hint),)


def _flags(extract: Extract, index: int) -> tuple[list[bool], tuple[Fault, ...]]:
    texts = [tidy(row.cells[index]).casefold() for row in extract.rows]
    odd = [
        (row.number, text)
        for row, text in zip(extract.rows, texts, strict=True)
        if text not in YES | NO
    ]
    if not odd:
        return [text in YES for text in texts], ()
    (row, text), name = odd[0], extract.header[index]
    rule = f"{name} must hold true or false"
    return [], (Fault(extract.file, f"column {name}", rule, f"{quote(text)} in row {row}"),)


def _from_flags(extract: Extract, columns: Columns) -> Read:
    """Read what is won and what is closed; what is won and not closed contradicts itself."""
    won, won_faults = _flags(extract, columns.index["is_won"])
    closed, closed_faults = _flags(extract, columns.index["is_closed"])
    if won_faults or closed_faults:
        return [], (), (*won_faults, *closed_faults)
    means = {
        (True, True): Outcome.WON,
        (False, True): Outcome.LOST,
        (False, False): Outcome.OPEN,
        (True, False): None,
    }
    ends = [means[pair] for pair in zip(won, closed, strict=True)]
    odd = [row.number for row, end in zip(extract.rows, ends, strict=True) if end is None]
    treatment = "Left out: won but not closed contradicts itself."
    return (
        ends,
        findings_of("contradictory_flags", treatment, [(r, "won, not closed") for r in odd]),
        (),
    )


def read_outcomes(extract: Extract, columns: Columns, told: ColumnMap) -> Read:
    """How did each opportunity end (``None`` where that cannot be said), and what is wrong?

    Where Salesforce tells ``IsWon`` and ``IsClosed`` these decide, since stages bear whatever
    names a company gave them; a column that the map file names goes before them.
    """
    flags = {"is_won", "is_closed"} <= set(columns.index)
    if flags and not told.columns.get("outcome"):
        return _from_flags(extract, columns)
    if columns.outcomes:
        return _from_words(extract, columns, told)
    if columns.orders_only:
        treatment = (
            "There are only orders: each is a deal that was won on the day on which it was created."
        )
        found = (Finding("orders_only", treatment, len(extract.rows)),)
        return [Outcome.WON] * len(extract.rows), found, ()
    return [], (), ()  # there is no such column: a fault already
