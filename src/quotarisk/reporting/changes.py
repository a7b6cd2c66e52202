"""What changed since the last run: sentences, and tables of units, causes and inputs."""

from __future__ import annotations

from collections import Counter

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import Z_95, speak_money, write_change, write_share
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.tables import LEVEL, Column, Table
from quotarisk.reporting.units import with_units
from quotarisk.reporting.words import FIGURES, PLANS, SHARED, WORTH
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import EFFORTS
from quotarisk.wording import count_of

CAUSES: dict[str, tuple[str, str]] = {
    "deals": ("deals", "Open deals, and what is booked to date."),
    "rates": ("rates", "Segments, reps' own figures, market, calendar and correction."),
    "quotas": ("quotas", "Quotas of reps, groups and the team."),
    "people": ("people", "Who is there, since when, with which ramp and in which group."),
    "time": ("time", "Start, horizon and fiscal year."),
}
TIME_AND_DEALS = ("time and deals", "What happened since the old start, against what was expected.")
_WHO = Column("who", "who", "text", "The team, a group or a rep.")
_STAYS = Column("stays", "joined or left", "text", "Who is in one of the scenarios only.", rank=20)
_PERIOD = Column("period", "period", "text", "The month, quarter or fiscal year.")
_UNITS = (
    LEVEL,
    _WHO,
    Column("group", "group", "text", "The group that the rep belongs to.", rank=19),
    Column("cadence", "cadence", "text", "Month, quarter or fiscal year.", rank=18),
)
_CHANCES = (
    Column("p_hit_old", "P(hit) before", "share", "How likely it was.", "p_hit_old_se"),
    Column("p_hit_new", "P(hit) now", "share", "How likely it is.", "p_hit_new_se"),
    Column(
        "change",
        "change",
        "points",
        "P(hit) now less before, path by path; a word where somebody is in one scenario only.",
        "change_se",
        instead="stays",
    ),
)
_MONEY = (
    Column("quota_old", "quota before", "money", "What had to be booked.", rank=14),
    Column("quota_new", "quota now", "money", "What must be booked.", rank=13),
    Column(
        "mean_old", "mean before", "money", "Expected bookings, before.", "mean_old_se", rank=16
    ),
    Column("mean_new", "mean now", "money", "Expected bookings, now.", "mean_new_se", rank=15),
    Column(
        "mean_change",
        "mean change",
        "money",
        "Expected bookings now less before, path by path.",
        "mean_change_se",
        rank=17,
    ),
)
_INPUTS = (
    Column("cause", "cause", "text", "Which cause it belongs to; pay moves no chance."),
    Column("kind", "kind", "text", "What happened to it."),
    Column("what", "what", "text", "The rep, segment, deal, group or table that it is about."),
    Column("item", "item", "text", "What of it."),
    Column("old", "before", "text", "What the old scenario says."),
    Column("new", "now", "text", "What the new scenario says."),
)
_ITEMS: dict[str, str] = {
    **{str(key): words for key, words in FIGURES.items()},
    "inbound_opps_per_week": "inbound opps a week",
    "hours_per_open_deal": "hours an open deal",
    "prospecting_mix": "prospecting mix",
    "hours_per_week": "hours a week",
    "prospecting_share": "kept for prospecting",
    "open_deals": "open deal",
    "reps": "",
    "segments": "segment",
    "start_date": "start date",
    "fiscal_year_start": "fiscal year start",
    "booked_since": "past since",
    "pay": "pay plan",
    **PLANS,
    **WORTH,
}
_TABLES = {table for table, _ in SHARED}  # whose items say little alone
_MOST_KINDS = 6
_VARIOUS = "…"
_MOST_ALIKE = 5  # rows of one kind that are listed one by one to people
_DEALS = ("open_deals", "rep", "amount", "segment", "created")  # items of a deal
_READING = {  # what takes a sentence to say
    ("market", "persistence"): "Carry-over: the correlation of one period's market with the "
    "next one's; at 0 each period begins anew, near 1 a bad market stays bad.",
    ("calendar", "creation"): "Season: factors on new opportunities, January to December.",
    ("calendar", "won"): "Pace of wins: how fast deals close in each month of a quarter.",
    ("correction", "own_history"): "Repeated past: the share of the futures in which the weeks to "
    "come are past weeks, drawn by lot.",
}


def _caused(answer: Answer) -> dict[str, tuple[str, str]]:
    """Name the causes that changed, in words and with what they hold."""
    inputs = answer.parts["inputs"]
    moved = not inputs.filter(cause="time", item="start").is_empty()
    words = dict(CAUSES)
    if moved:
        words["time"] = TIME_AND_DEALS
    changed = set(inputs["cause"].to_list())
    return {cause: words[cause] for cause in CAUSES if cause in changed}


def _with_words(frame: pl.DataFrame) -> pl.DataFrame:
    """Say who joined or left; who is not there has no mean."""
    is_rep = pl.col("level") == "rep"
    joined, left = (
        pl.when(is_rep).then(pl.lit(rep)).otherwise(pl.lit(group))
        for rep, group in (("joined", "new"), ("left", "gone"))
    )
    is_new, is_old = (pl.col(f"mean_{end}").is_null() for end in ("old", "new"))
    return frame.with_columns(stays=pl.when(is_new).then(joined).when(is_old).then(left))


def _wide(answer: Answer, causes: list[str], scenario: Scenario) -> pl.DataFrame:
    """Put the causes' points beside the change that they add up to; null where there is none."""
    parts = answer.parts["causes"]
    frame = with_units(_with_words(answer.frame), scenario, key="who")
    keys = ["level", "name", "cadence", "period"]
    for cause in causes:
        part = parts.filter(cause=cause).select(
            *keys,
            points=pl.col("points"),
            points_se=pl.col("points_se"),
            amount=pl.col("amount"),
            amount_se=pl.col("amount_se"),
        )
        told = part.rename(
            {
                "points": cause,
                "points_se": f"{cause}_se",
                "amount": f"{cause}_amount",
                "amount_se": f"{cause}_amount_se",
            }
        )
        frame = frame.join(told, on=keys, how="left", maintain_order="left")
    return frame


def _longest_first() -> pl.Expr:
    ranks = {cadence: -number for number, cadence in enumerate(CADENCES)}
    return pl.col("cadence").replace_strict(ranks, return_dtype=pl.Int64)


def _main_period(answer: Answer) -> tuple[str, str]:
    """Which period is spoken of? The first of the longest that the team has a change in, or any."""
    team = answer.frame.filter(level="team")
    choices = (team.drop_nulls("change"), answer.frame.drop_nulls("change"), team)
    rows = next(rows for rows in choices if rows.height)
    row = rows.sort(_longest_first(), "period").row(0, named=True)
    return row["cadence"], row["period"]


def _columns(
    causes: dict[str, tuple[str, str]], main: dict[str, object], *, in_full: bool
) -> tuple[Column, ...]:
    """What is shown of a unit: where there is no room, causes that did least go first."""

    def size(cause: str) -> float:
        points = main[cause]
        return abs(points) if isinstance(points, float) else 0.0

    ranks = {cause: rank for rank, cause in enumerate(sorted(causes, key=size, reverse=True), 1)}
    parts = (
        Column(
            cause,
            label,
            "points",
            f"Its part of the change. {note}",
            f"{cause}_se",
            rank=ranks[cause],
        )
        for cause, (label, note) in causes.items()
    )
    stays = (_STAYS,) if in_full else ()  # people read it in place of the change
    return (_PERIOD, *_CHANCES, *parts, *_MONEY, *stays)


def _captions(causes: dict[str, tuple[str, str]]) -> tuple[tuple[tuple[str, ...], str], ...]:
    told: tuple[tuple[str, ...], str] = (
        ("change",),
        "P(hit) in %, changes in points, ± half a 95 % interval of the difference on shared luck.",
    )
    if len(causes) < 2:
        return (told,)
    return (told, (tuple(causes), "The causes' points add up to the change (Shapley values)."))


def _chance(share: float) -> str:
    return f"{100 * share:.0f}" if 0.005 <= share <= 0.995 else write_share(share)


def _parts_sentence(
    row: dict[str, object], causes: dict[str, tuple[str, str]], suffix: str = ""
) -> str:
    """Name the causes, the largest first."""
    told = [
        (label, points)
        for cause, (label, _) in causes.items()
        if isinstance(points := row[f"{cause}{suffix}"], float)
    ]
    told.sort(key=lambda part: -abs(part[1]))
    write = write_change if not suffix else _signed_money
    return ", ".join(f"{label} {write(points)}" for label, points in told)


def _signed_money(amount: float) -> str:
    return f"{'-' if amount < 0 else '+'}{speak_money(abs(amount))}"


def _held(period: object, before: bool, now: bool) -> str:
    """Say which scenario has a quota, where not both have one."""
    if before or now:
        return f"a quota of {period} in the {'old' if before else 'new'} scenario only"
    return f"no quota of {period} in either scenario"


def _team_sentence(
    row: dict[str, object], causes: dict[str, tuple[str, str]], currency: str
) -> str:
    """Say what became of the team's chance, or of its bookings where it has no quota."""
    period, old, new = row["period"], row["p_hit_old"], row["p_hit_new"]
    there = [chance is not None for chance in (old, new)]
    change, error = row["change"], row["change_se"]
    if not (isinstance(old, float) and isinstance(new, float)):
        before, now = row["mean_old"], row["mean_new"]
        assert isinstance(before, float)
        assert isinstance(now, float)
        parts = _parts_sentence(row, causes, "_amount")
        return (
            f"The team has {_held(period, *there)}: it books {speak_money(now)} "
            f"{currency} on average, after {speak_money(before)}{f': {parts}' if parts else ''}."
        )
    assert isinstance(change, float)
    assert isinstance(error, float)
    if not causes or (change == 0 and error == 0):
        return f"The team's chance for {period} is what it was: {_chance(new)} of 100."
    parts = _parts_sentence(row, causes)
    parts = f": {parts} points" if parts else ""
    if abs(change) < Z_95 * error:
        return (
            f"The team's chance for {period} did not clearly change, {_chance(old)} of 100 before "
            f"and {_chance(new)} now{parts}."
        )
    verb = "fell" if change < 0 else "rose"
    span = f"from {_chance(old)} to {_chance(new)} of 100"
    return f"The team's chance for {period} {verb} {span}{parts}."


def _tell_item(what: str, item: str) -> str:
    return SHARED.get((what, item)) or _ITEMS.get(item, item)


def _inputs_sentence(inputs: pl.DataFrame) -> str:
    """Count what changed by its kind."""
    if inputs.is_empty():
        return "Nothing changed that the simulation uses."
    counts = Counter(
        f"{f'{what} ' if what in _TABLES else ''}"
        f"{'rep' if item == 'reps' else _tell_item(what, item)} {kind}"
        for what, item, kind in inputs.select("what", "item", "kind").iter_rows()
    )
    told = [
        f"{what} ({number:,})" if number > 1 else what
        for what, number in counts.most_common(_MOST_KINDS)
    ]
    more = len(counts) - _MOST_KINDS
    rest = f" and {more:,} other kinds" if more > 0 else ""
    return f"What changed: {', '.join(told)}{rest}."


def _noun(item: str) -> str:
    """What is counted, where many changes are about the same key?"""
    if item in _DEALS:
        return "deal"
    if item in PLANS:
        return "pay plan"
    if item in FIGURES or item in EFFORTS or item in WORTH:
        return "figure"
    return "quota" if item.endswith("quota") else "rep"


def _in_common(texts: list[str]) -> str:
    """What do many rows say: the same, numbers within bounds, or this and that?"""
    if len(texts) == 1:
        return texts[0]
    numbers = [number for text in texts for number in text.split(" to ")]
    try:
        low, *_, high = sorted(numbers, key=lambda number: float(number.replace(",", "")))
    except ValueError:
        return _VARIOUS
    return f"{low} to {high}"


def _count_alike(rows: pl.DataFrame) -> dict[str, object]:
    """One line for many rows of a kind: how many, and what they have in common."""
    first = rows.row(0, named=True)
    ends = {key: _in_common(rows[key].unique().to_list()) for key in ("old", "new")}
    return {**first, "what": count_of(rows.height, _noun(first["item"])), **ends}


def _fold(inputs: pl.DataFrame) -> pl.DataFrame:
    """Put many rows of a kind into one line, where the first of them stands."""
    folded: list[dict[str, object]] = []
    kinds = inputs.with_columns(pl.col("what").is_in(_TABLES).alias("shared"))
    alike = ["cause", "kind", "item", "shared"]
    for _, rows in kinds.group_by(alike, maintain_order=True):
        few = rows.height <= _MOST_ALIKE
        folded += rows.iter_rows(named=True) if few else [_count_alike(rows)]
    return pl.DataFrame(folded, schema=inputs.schema)


def _inputs_table(
    answer: Answer, causes: dict[str, tuple[str, str]], currency: str, *, folded: bool
) -> Table:
    every = answer.parts["inputs"]
    inputs = _fold(every) if folded else every
    pairs = list(every.select("what", "item").iter_rows())
    told = [text for pair, text in _READING.items() if pair in pairs]
    if every.filter(pl.col("cause") != "rates", what="correction").height:
        told.append(
            "The past that is repeated is counted with the bookings to date, which hold its weeks."
        )
    if inputs.height < every.height:
        told.append(
            f"More than {_MOST_ALIKE} changes of a kind are counted in one line; --all lists each."
        )
    items = [_tell_item(what, item) for what, item in inputs.select("what", "item").iter_rows()]
    return Table(
        "inputs",
        "What do the scenarios say differently?",
        _INPUTS,
        inputs.with_columns(
            pl.col("cause").replace({cause: label for cause, (label, _) in causes.items()}),
            pl.Series("item", items, pl.String),
        ),
        currency,
        tuple((("cause",), text) for text in told),
    )


def changes_reply(
    answer: Answer, scenario: Scenario, *, in_full: bool = True, folded: bool | None = None
) -> Reply:
    """How is a change told?

    Parameters
    ----------
    answer
        From `explain_change`.
    scenario
        The new one.
    in_full
        Whether a table of every period follows, and who joined or left stands in a column.
    folded
        Whether many changes of a kind are counted in one line; unless in full where left out.
    """
    causes, currency = _caused(answer), scenario.currency
    frame = _wide(answer, list(causes), scenario)
    cadence, period = _main_period(answer)
    spoken = frame.filter(cadence=cadence, period=period)
    main = spoken.filter(level="team").row(0, named=True)
    columns, captions = _columns(causes, main, in_full=in_full), _captions(causes)
    above = pl.concat([spoken.filter(level="team"), spoken.filter(level="group")])
    reps = spoken.filter(level="rep").sort(
        pl.col("change").abs(), descending=True, nulls_last=True, maintain_order=True
    )
    shown = (
        ("team", "How did the chance of the team and of each group change?", above, (_WHO,)),
        ("reps", "How did each rep's chance change? The largest changes first.", reps, (_WHO,)),
        ("periods", "How did everybody's chance change in every period?", frame, _UNITS),
    )
    team, by_rep, periods = (
        Table(key, title, (*units, *columns), rows, currency, captions)
        for key, title, rows, units in shown
    )
    inputs = _inputs_table(
        answer, causes, currency, folded=not in_full if folded is None else folded
    )
    told = (team, by_rep, inputs)
    tables = (*told, periods) if in_full else told
    return Reply(
        title=f"{scenario.name}: what changed?",
        sentences=(
            _team_sentence(main, causes, currency),
            _inputs_sentence(answer.parts["inputs"]),
        ),
        tables=tables,
        cautions=answer.cautions,
        notes=(answer.note,),
        provenance=answer.provenance,
        currency=currency,
    )
