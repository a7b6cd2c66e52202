"""Solved quotas in words: what each rep can be asked, how a plan is split, how much to assign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.analysis.quota_verdicts import VERDICTS
from quotarisk.periods import CADENCES
from quotarisk.reporting.formats import speak_money, write_value
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.sentences import write_futures
from quotarisk.reporting.tables import GROUP, LEVEL, NAME, Column, Table
from quotarisk.scenario.scenario import Scenario

QUOTA_TABLES = (
    "quotas", "every_period", "verdicts", "split", "over_assignment", "factors", "equivalents",
)  # fmt: skip
USUAL_TEAM = 0.8  # P(team >= plan) that is told in a sentence, as finance asks for it
MOST_WORST = 3  # reps whose quotas are out of reach that are named
_OF_ALL = ((("p_hit",), "Quota, P(hit): means of all periods with a quota."),)
MEANS = {  # the same words, and other periods
    "every_period": _OF_ALL,
    "verdicts": _OF_ALL,
    "equivalents": ((("p_hit",), "Quota, P(hit): means of whole quarters, or of their months."),),
}
FREE = "While nobody changes behaviour, quotas do not move what is booked, nor the team's chance."

CADENCE = Column("cadence", "cadence", "text", "Month, quarter or fiscal year.")
PERIOD = Column("period", "period", "text", "The month, quarter or fiscal year.")
QUOTA = Column("quota", "quota", "money", "The present quota.")
P_HIT = Column("p_hit", "P(hit)", "share", "How likely the present quota is hit.", "p_hit_se")
SOLVED = (
    Column("solved", "solved", "money", "The quota that is hit as likely as asked.", "solved_se"),
    Column("solved_low", "from", "money", "Lower end of its 95 % interval.", rank=5),
    Column("solved_high", "to", "money", "Upper end of its 95 % interval.", rank=5),
    Column("change", "change %", "percent", "From the present quota.", "change_se", rank=3),
    Column("mean", "mean", "money", "Expected bookings.", "mean_se", rank=4),
)
VERDICT = Column(
    "verdict", "verdict", "text", "Of the present quota, by bands of P(hit); see --bands."
)
WHY = Column("reason", "why", "text", "Why, or why there is none.", rank=6)
QUOTAS = (
    LEVEL, NAME, CADENCE, PERIOD, QUOTA, P_HIT, *SOLVED, VERDICT, WHY, GROUP,
    Column("p_solved", "P(solved)", "share", "P(hit) of the solved quota.", "p_solved_se", rank=8),
    Column("p_solved_exact", "exact", "share", "The same by exact calculation.", rank=8),
    Column("p_solved_z", "off by", "number", "Simulated less exact, in standard errors.", rank=8),
)  # fmt: skip
EVERY_PERIOD = (
    LEVEL, NAME, CADENCE,
    Column("periods", "periods", "whole", "In how many somebody works.", rank=4),
    QUOTA, P_HIT, *SOLVED, WHY, GROUP,
)  # fmt: skip
SPLIT = (
    LEVEL, NAME, QUOTA, P_HIT,
    Column("fair", "fair", "money", "The plan split so that all reps hit equally often."),
    Column("p_fair", "P(fair)", "share", "How likely that part is hit.", "p_fair_se"),
    Column("proportional", "by mean", "money", "The plan split as expected bookings are.", rank=1),
    Column(
        "p_proportional", "P(by mean)", "share", "How likely that part is hit.",
        "p_proportional_se", rank=1,
    ),
    Column("mean", "mean", "money", "Expected bookings.", "mean_se", rank=4),
    WHY, GROUP,
)  # fmt: skip
HITTING = Column("p_rep_of", "reps", "whole", "Who have a part, of all reps.", of="reps", rank=2)
OVER_ASSIGNMENT = (
    Column("kind", "which", "text", "Solved, or the present plan and quotas."),
    Column("p_team", "P(team)", "share", "How likely the team makes the plan.", "p_team_se"),
    Column("plan", "plan", "money", "The plan that holds so often.", "plan_se"),
    Column("quotas", "quotas", "money", "What the reps' quotas add up to.", "quotas_se"),
    Column(
        "over_assignment", "over %", "percent", "Quotas above the plan.", "over_assignment_se"
    ),
    Column("p_rep", "P(rep)", "share", "Each rep's P(hit) with quotas of that sum.", "p_rep_se"),
    HITTING,
    Column(
        "p_rep_at_plan", "P(rep) at plan", "share", "The same if the plan itself is split.",
        "p_rep_at_plan_se", rank=1,
    ),
)  # fmt: skip
FACTORS = (
    Column("over_assignment", "over %", "percent", "Quotas above the plan.", "over_assignment_se"),
    Column("quotas", "quotas", "money", "What the reps' quotas add up to.", "quotas_se"),
    Column("p_rep", "P(rep)", "share", "Each rep's P(hit), split fairly.", "p_rep_se"),
    HITTING,
)
EQUIVALENTS = (
    Column("name", "rep", "text", "Who sells."),
    Column("given", "by the", "text", "Cadence of the present quota."),
    QUOTA, P_HIT,
    Column("cadence", "as hard by the", "text", "The other cadence."),
    Column("equivalent", "is", "money", "One number that is hit as often.", "equivalent_se"),
    Column(
        "multiple", "times the sum", "multiple",
        "As a multiple of the quarter's quota over its months at work, or of the sum of these.",
        "multiple_se",
        rank=1,
    ),
    WHY, GROUP,
)  # fmt: skip
VERDICT_COLUMNS = (
    LEVEL, NAME, CADENCE, QUOTA, P_HIT, VERDICT,
    Column(
        "multiple", "of mean", "multiple", "Quota over expected bookings.", "multiple_se", rank=1
    ),
    Column("reason", "why", "text", "What makes it so."),
    GROUP,
)  # fmt: skip


def _longest_first(frame: pl.DataFrame) -> pl.DataFrame:
    """Years before quarters before months; the longest is what plans are made of."""
    place = pl.col("cadence").replace_strict(
        {cadence: -number for number, cadence in enumerate(CADENCES)}, return_dtype=pl.Int64
    )
    return frame.sort(place, "period", maintain_order=True)


def _chance(share: float) -> str:
    return f"{write_value(share, 'share')} %"


def _above(share: float) -> str:
    size = f"{abs(100 * share):.0f}"
    return "the same" if size == "0" else f"{size} % {'above' if share > 0 else 'below'} it"


def _whom(some: int, all_: int) -> str:
    """Whose quotas are meant: all of them, or how many of how many?"""
    return "the reps' quotas" if some == all_ else f"the quotas of {some:,} of {all_:,} reps"


def _each(some: int, all_: int) -> str:
    """Who is meant: every rep, or how many of how many?"""
    return "every rep" if some == all_ else f"each of {some:,} of {all_:,} reps"


def _present(answer: Answer, currency: str) -> Iterator[str]:
    """Tell how likely the present plan is, and what its over-assignment does to the reps."""
    rows = answer.parts["over_assignment"].filter(kind="present")
    for row in rows.iter_rows(named=True):
        told = (
            f"The team makes the {row['period']} plan of {speak_money(row['plan'])} {currency} "
            f"{write_futures(row['p_team'], answer.provenance.paths)}"
        )
        if row["over_assignment"] is not None:
            told += (
                f"; {_whom(row['quotas_of'], row['reps'])} add up to "
                f"{speak_money(row['quotas'])}, "
                f"{_above(row['over_assignment'])}"
            )
            if row["p_rep"] is not None:
                some, all_ = row["p_rep_of"], row["quotas_of"]
                over = "" if some == all_ else f" over {some:,} of {all_:,} reps"
                told += f": split fairly{over}, each would be hit with {_chance(row['p_rep'])}"
        yield f"{told}."
        if row["p_rep_at_plan"] is not None:
            yield (
                "Split fairly and not over-assigned, the plan gives "
                f"{_each(row['p_rep_at_plan_of'], row['reps'])} a chance of "
                f"{_chance(row['p_rep_at_plan'])}."
            )


def _assigned(share: float) -> str:
    """By how much is a plan over-assigned, or under-assigned?"""
    size = f"{abs(100 * share):.0f}"
    if size == "0":
        return "assigned exactly"
    return f"{'over' if share > 0 else 'under'}-assigned by {size} %"


def _solved(answer: Answer, currency: str, team: float) -> Iterator[str]:
    """Tell what quotas at the confidence add up to, beside a plan that the team makes so often."""
    parts = answer.parts
    rows = parts["over_assignment"].filter(pl.col("p_team") == team, kind="solved")
    for row in rows.iter_rows(named=True):
        if row["p_rep"] is None or row["over_assignment"] is None:
            continue
        told = (
            f"Quotas that {_each(row['p_rep_of'], row['reps']).replace('every', 'each')} hits with "
            f"{_chance(row['p_rep'])} add up to {speak_money(row['quotas'])} {currency} in "
            f"{row['period']}; the team books {speak_money(row['plan'])} or more with "
            f"{_chance(team)}: a plan of that is {_assigned(row['over_assignment'])} then"
        )
        asked = parts["over_assignment"].filter(kind="present")["plan"].to_list()
        of_it = parts["factors"].filter(kind="solved")["over_assignment"].to_list()
        for plan, share in zip(asked, of_it, strict=True):
            told += f", and the plan of {speak_money(plan)} is {_assigned(share)}"
        yield f"{told}."


def _count_reps(answer: Answer) -> int:
    return answer.frame.filter(level="rep")["name"].n_unique()


def _verdicts(answer: Answer) -> Iterator[str]:
    """Count the reps' quotas by verdict, for each cadence."""
    reps = answer.parts["verdicts"].filter(level="rep")
    number = _count_reps(answer)
    words = {
        cadence: reps.filter(cadence=cadence)["verdict"].to_list()
        for cadence in CADENCES
        if reps.filter(cadence=cadence).height
    }
    sizes = {len(found) for found in words.values()}
    told = []
    for cadence, found in words.items():
        counts = [f"{found.count(word)} {word}" for word in VERDICTS if word in found]
        some = f" ({len(found):,} of {number:,} reps)" if len(sizes) > 1 else ""
        told.append(f"by the {cadence}{some} {', '.join(counts)}")
    if told:
        whose = _whom(max(sizes), number) if len(sizes) == 1 else _whom(number, number)
        yield f"{whose[:1].upper()}{whose[1:]} as they are: {'; '.join(told)}."
    elif number:
        yield (
            "No rep has a quota in a period that is answered: there is none to judge, and none "
            "to compare with one of another cadence."
        )
    worst = reps.filter(verdict=VERDICTS[0]).sort("p_hit").unique("name", maintain_order=True)
    for row in worst.head(MOST_WORST).iter_rows(named=True):
        why = f"{row['reason'][:1].lower()}{row['reason'][1:]}"
        yield f"{row['name']} hits by the {row['cadence']} with {_chance(row['p_hit'])} only: {why}"


def _equivalents(answer: Answer) -> Iterator[str]:
    """Tell which multiples of the quarter's quota over its months are as hard by the month."""
    rows = answer.parts["equivalents"].filter(given="quarter")["multiple"].drop_nulls()
    found = sorted(rows.to_list())
    if found:
        low, high = f"{found[0]:.2f}", f"{found[-1]:.2f}"
        span = low if low == high else f"{low} to {high}"
        number = _count_reps(answer)
        some = f" ({len(found):,} of {number:,} reps)" if len(found) < number else ""
        yield (
            f"A monthly quota as hard as the quarterly one is {span} times that one divided by "
            f"its months{some}."
        )


def _of_plans(frame: pl.DataFrame, period: str | None) -> pl.DataFrame:
    """Rows of the plan's period; of the longest cadence that there is where there is no plan."""
    if period is not None:
        return frame.filter(period=period)
    known = frame["cadence"].unique().to_list()
    longest = max(known, key=CADENCES.index, default=None)
    return frame if longest is None else frame.filter(cadence=longest)


def _only_news(table: Table) -> Table:
    """Leave out how many of the reps have a part where all have one."""
    if HITTING not in table.columns or not (table.frame["p_rep_of"] < table.frame["reps"]).any():
        shown = tuple(column for column in table.columns if column is not HITTING)
        return replace(table, columns=shown)
    return table


def _says_something(table: Table) -> bool:
    """Is there a row, and in that of the equivalents a quota that one could be as hard as?"""
    key = "quota" if table.key == "equivalents" else table.frame.columns[0]
    return bool(table.frame[key].count())


def quotas_reply(
    answer: Answer,
    scenario: Scenario,
    *,
    team: float = USUAL_TEAM,
    in_full: bool = True,
    with_empty: bool = True,
) -> Reply:
    """What do solved quotas say, in sentences and labelled tables?

    Parameters
    ----------
    answer
        From `solve_quotas`.
    scenario
        What it is about.
    team
        P(team >= plan) that a sentence tells; one of those that were asked for.
    in_full
        Whether quotas of every period are listed, or those of the plan's period alone.
    with_empty
        Whether tables that hold nothing are there too, as programs want it.
    """
    period = next(iter(answer.parts["over_assignment"]["period"]), None)
    solved = _longest_first(answer.frame if in_full else _of_plans(answer.frame, period))
    currency, parts = scenario.currency, answer.parts
    question = answer.question
    columns: tuple[Column, ...] = QUOTAS
    if not in_full and solved["period"].n_unique() == 1:  # said once, so that there is room
        question = f"{question.removesuffix('?')} in {solved['period'][0]}?"
        columns = tuple(column for column in QUOTAS if column not in (CADENCE, PERIOD))
    told: dict[str, tuple[str, tuple[Column, ...], pl.DataFrame]] = {
        "quotas": (question, columns, solved),
        "every_period": (
            "Which one number, for every month, quarter or year?",
            EVERY_PERIOD,
            parts["every_period"],
        ),
        "verdicts": ("Are the present quotas within reach?", VERDICT_COLUMNS, parts["verdicts"]),
        "split": ("How is the plan split over the reps?", SPLIT, parts["split"]),
        "over_assignment": (
            "How much quota lies above a plan?",
            OVER_ASSIGNMENT,
            parts["over_assignment"],
        ),
        "factors": ("What does over-assigning the plan do?", FACTORS, parts["factors"]),
        "equivalents": (
            "Which monthly quota is as hard as the quarterly one?",
            EQUIVALENTS,
            parts["equivalents"],
        ),
    }
    captions = (
        (("p_hit", "p_team", "p_rep", "p_fair"), "P in %, ± half a 95 % interval."),
        (("solved_low",), "From, to: its 95 % interval."),
        (("p_fair",), f"Parts add up to the plan, in {currency}; ± of P(fair) is a bound."),
        (("p_rep",), "P(rep): with which all reps hit, split fairly; its ± is a bound."),
        (("p_rep_of",), "Reps: how many of all have a part."),
    )
    answers, *others = (
        _only_news(Table(key, title, shown, frame, currency, (*MEANS.get(key, ()), *captions)))
        for key, (title, shown, frame) in told.items()
    )
    return Reply(
        title=scenario.name,
        sentences=(
            *_present(answer, currency),
            *_solved(answer, currency, team),
            *_verdicts(answer),
            *_equivalents(answer),
        ),
        tables=(answers, *(each for each in others if with_empty or _says_something(each))),
        cautions=answer.cautions,
        notes=(answer.note, FREE),
        provenance=answer.provenance,
        currency=currency,
    )
