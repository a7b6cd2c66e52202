"""What changed since the last run, and how many points of P(hit) does each change account for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.coalitions import Thresholds
from quotarisk.analysis.deal_changes import InputChange
from quotarisk.analysis.division import PARTS, Game, Read, play
from quotarisk.analysis.hybrids import CAUSES, Pair
from quotarisk.analysis.input_changes import PAST, list_changes
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, InputError
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Key
from quotarisk.simulation.simulation import (
    Progress,
    Simulation,
    answered_periods,
    check_arguments,
)
from quotarisk.wording import count_of, list_names

QUESTION = "What changed, and how many points of P(hit) does each change account for?"
NOTE = (
    f"{EXPOSURE_ONLY} Points are Shapley values: what a cause changes on average over all orders "
    "in which the causes may come; they add up to the whole change. Who joined or left brings or "
    "takes quota, rates and deals along, as people."
)
NOTE_MOVED = (
    " The start moved: open deals and bookings are as of the start, so time and deals are one "
    "cause, what happened since against what was expected."
)
NOTE_PAST = (
    " The past weeks that some futures repeat are read off the bookings to date: how many futures "
    "repeat them, and since when, is counted under {} with these, not under rates."
)
_WORDS = ("level", "name", "group", "cadence", "period")
_FIGURES = (
    "quota_old",
    "quota_new",
    "p_hit_old",
    "p_hit_new",
    "change",
    "change_se",
    "mean_old",
    "mean_new",
    "mean_change",
    "mean_change_se",
    "p_hit_old_se",
    "p_hit_new_se",
    "mean_old_se",
    "mean_new_se",
)
FRAME: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(_WORDS, pl.String),
    **dict.fromkeys(_FIGURES, pl.Float64),
}
SHARES: dict[str, type[pl.DataType]] = {
    **dict.fromkeys((*_WORDS, "cause"), pl.String),
    **dict.fromkeys(PARTS, pl.Float64),
}
INPUTS: dict[str, type[pl.DataType]] = dict.fromkeys(InputChange._fields, pl.String)


def _units(pair: Pair) -> Iterator[tuple[str, str, str]]:
    """Level, name and group of all: the new scenario's first, then who left, groups, the team."""
    reps = {rep.name: rep.group for scenario in (pair.old, pair.new) for rep in scenario.reps}
    order = dict.fromkeys(rep.name for scenario in (pair.new, pair.old) for rep in scenario.reps)
    for name in order:
        yield "rep", name, reps[name] or ""
    groups = dict.fromkeys(
        rep.group for scenario in (pair.new, pair.old) for rep in scenario.reps if rep.group
    )
    for name in groups:
        yield "group", name, name
    yield "team", pair.new.name, ""


def _frames(game: Game, found: Mapping[tuple[str, str], Read]) -> tuple[pl.DataFrame, ...]:
    """Lay out the units' figures, and the causes' parts of them."""
    rows = len(game.periods)
    ends, parts = [], []
    for level, name, group in _units(game.pair):
        read = found[level, name]
        words = {
            "level": [level] * rows,
            "name": [name] * rows,
            "group": [group] * rows,
            "cadence": [cadence for cadence, _ in game.periods],
            "period": [period for _, period in game.periods],
        }
        told = {key: read.ends[key] for key in _FIGURES}
        ends.append(pl.DataFrame({**words, **told}, schema=FRAME))
        for place, cause in enumerate(game.causes if read.parts else ()):
            told = {key: read.parts[key][place] for key in PARTS}
            parts.append(pl.DataFrame({**words, "cause": [cause] * rows, **told}, schema=SHARES))
    frame = pl.concat(ends).fill_nan(None)
    return frame, pl.concat([pl.DataFrame(schema=SHARES), *parts]).fill_nan(None)


def _shared_periods(old: Scenario, new: Scenario) -> tuple[Key, ...]:
    """Which periods do both answer: of the same cadence, name and days?"""
    days = {(p.cadence, p.name): p.first for p in answered_periods(old)}
    return tuple(
        (period.cadence, period.name)
        for period in answered_periods(new)
        if days.get((period.cadence, period.name)) == period.first
    )


def _check(old: Scenario, new: Scenario) -> tuple[Key, ...]:
    """Refuse what cannot be compared; which periods can be?

    Raises
    ------
    InputError
        If one of them cannot be simulated, with every fault of both.
    ArgumentError
        If they have no currency or no period in common.
    """
    faults = [*find_faults(old, "old"), *find_faults(new, "new")]
    if faults:
        raise InputError(faults)
    if old.currency != new.currency:
        raise ArgumentError(
            "both scenarios must be in one currency, for nothing is converted; "
            f"got {old.currency!r} and {new.currency!r}"
        )
    periods = _shared_periods(old, new)
    if not periods:
        spans = " and ".join(
            f"{scenario.start} to {scenario.horizon.end}" for scenario in (old, new)
        )
        raise ArgumentError(
            f"both scenarios must answer a month, quarter or fiscal year in common; they run from "
            f"{spans}, and what began before a start is answered only where booked is given"
        )
    return periods


def _cautions(pair: Pair, inputs: Sequence[InputChange], periods: Sequence[Key]) -> list[Caution]:
    told = []
    gone = [change.what for change in inputs if change.kind == "gone"]
    if gone:
        told.append(
            Caution(
                "deals_gone",
                tuple(gone),
                f"{count_of(len(gone), 'deal')} open before, open no longer, and no new booking of "
                f"the same rep and amount ({list_names(gone)}): lost, withdrawn, or won by another "
                "rep or at another amount; the scenarios do not say which.",
            )
        )
    asked = {
        (period.cadence, period.name)
        for scenario in (pair.old, pair.new)
        for period in answered_periods(scenario)
    }
    left_out = sorted(name for cadence, name in asked - set(periods) if cadence == "month")
    if left_out:
        told.append(
            Caution(
                "periods_left_out",
                tuple(left_out),
                f"{count_of(len(left_out), 'month')} and what they are part of may be answered by "
                f"one scenario only and are left out: {list_names(left_out)}.",
            )
        )
    return told


def _compared(pair: Pair) -> str:
    """Say which scenarios are held against each other, so that a page can be traced to both."""
    old, new = (f"{each.name} ({each.fingerprint[:12]})" for each in (pair.old, pair.new))
    return f"From {old} to {new}."


def _note(pair: Pair, inputs: Sequence[InputChange]) -> str:
    past = {change.cause for change in inputs if change.item in PAST} - {"rates"}
    with_deals = "time and deals" if pair.has_moved else "deals"
    return "".join(
        (
            f"{_compared(pair)} {NOTE}",
            NOTE_MOVED if pair.has_moved else "",
            NOTE_PAST.format(with_deals) if past else "",
        )
    )


def explain_change(
    old: Scenario | Simulation,
    new: Scenario | Simulation,
    *,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What changed since the last run, and how many points of P(hit) does each change account for?

    Both scenarios are simulated on the same luck, with all mixtures of the causes that changed:
    ``deals`` (open deals and what is booked to date), ``rates`` (segments, reps' own figures,
    market, calendar, correction), ``quotas``, ``people`` (who is there, since when, with which
    ramp, in which group) and ``time`` (start, horizon, fiscal year). Where the start moved, deals
    belong to ``time``. The past that a correction repeats belongs where the bookings do, unless
    both scenarios repeat the same past from the same start. What a cause accounts for is its
    Shapley value on each path, so that the causes add up to the whole.

    Parameters
    ----------
    old, new
        From `load_scenario`, or simulations of them. Their names may differ.
    paths, seed, workers, progress
        As for `simulate`; a simulation brings paths and seed along.

    Returns
    -------
    Answer
        ``frame`` has a row for each unit and each period that both answer: ``level``, ``name``,
        ``group``, ``cadence``, ``period``, ``quota_old``, ``quota_new``, ``p_hit_old``,
        ``p_hit_new``, ``change`` (new less old), ``mean_old``, ``mean_new``, ``mean_change`` and
        a standard error ``*_se`` of each simulated figure, that of a change from its differences
        path by path. Null where a unit has no quota or is not in a scenario.
        ``parts["causes"]`` has a row for each unit of both, period and cause: ``cause``,
        ``points`` (its share of ``change``) and ``amount`` (of ``mean_change``), with errors.
        ``parts["inputs"]`` lists what changed: ``cause``, ``kind`` (won, gone, added, raised,
        lowered, joined, left ...), ``what``, ``item``, ``old`` and ``new`` in words. Rows whose
        cause is ``pay`` are told for their own sake: what is paid changes no booking.

    Raises
    ------
    InputError
        If one of them cannot be simulated.
    ArgumentError
        If they have no currency or no period in common, or another argument is out of its range.

    Notes
    -----
    With k causes but for quotas, 2^k mixtures are simulated; a rep whom a mixture does not touch
    costs nothing there, and quotas cost nothing at all. A thread holds at most 256 MB of bookings
    at a time, or those of one period: more periods are simulated in several passes.

    Examples
    --------
    >>> import quotarisk as qr
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = qr.explain_change(scenario, scenario, paths=500)
    >>> answer.frame["change"].abs().max(), answer.parts["causes"].height
    (0.0, 0)
    """
    for each in (old, new):
        if isinstance(each, Simulation):
            paths = each.paths if paths is None else paths
            seed = each.seed if seed is None else seed
    before, _, _ = asked_of(old, paths, seed)
    after, paths, seed = asked_of(new, paths, seed)
    check_arguments(paths, seed, workers)
    periods = _check(before, after)
    pair = Pair(before, after)
    inputs = list_changes(pair, periods)
    changed = {change.cause for change in inputs}
    causes = tuple(cause for cause in CAUSES if cause in changed)
    game = Game(pair, causes, periods, Thresholds.of(pair, causes))
    frame, parts = _frames(game, play(game, seed, paths, workers, progress))
    return Answer(
        question=QUESTION,
        frame=frame,
        cautions=tuple(_cautions(pair, inputs, periods)),
        provenance=provenance_of(after, paths, seed),
        note=_note(pair, inputs),
        headline=("level", "name", "period", "p_hit_old", "p_hit_new", "change", "change_se"),
        parts={
            "causes": parts,
            "inputs": pl.DataFrame(inputs, schema=INPUTS, orient="row"),
        },
    )
