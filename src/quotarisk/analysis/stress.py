"""What if win rates fall, cycles stretch, a rep leaves, hiring slips?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import polars as pl

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.asking import asked_of, provenance_of
from quotarisk.analysis.blocks import block_cautions
from quotarisk.analysis.builtin_stresses import BUILTINS, TOP_REP_LEAVES, builtin_stresses
from quotarisk.analysis.stressed_bands import (
    Tally,
    bands_under_stress,
    join_tallies,
    read_tallies,
)
from quotarisk.analysis.stressed_figures import (
    Figures,
    columns_of,
    join_figures,
    read_figures,
)
from quotarisk.analysis.stressed_risk import (
    Tail,
    frame_of_tails,
    join_tails,
    read_tails,
    rows_of,
)
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, suggest
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.stress import Stress
from quotarisk.simulation.comparing import Seen, Variant, compare, under_stress, variant_of
from quotarisk.simulation.passes import at_once, in_pieces
from quotarisk.simulation.sectioning import blocks_of
from quotarisk.simulation.simulation import Progress, Simulation

AS_IT_IS = "as it is"
KEPT = "Open deals keep their amounts under stress, and plans their quotas when a rep leaves."
TWO_TAILS = (
    "Worst tenth (expected_shortfall): what is booked in the worst 10 % of futures on average. "
    "Shortfall at 10 % (es_10): what is missing to the plan in these on average."
)
_WORDS = ("stress", "level", "name", "group", "cadence", "period")
_FACTORS = ("win_rate", "opps_per_week", "deal_size", "cycle_days", "ramp")


class _Read(NamedTuple):
    """A unit under every stress, or under some of them in some of the periods."""

    figures: list[Figures]
    tails: list[Tail] | None  # of the team and groups
    tallies: list[Tally] | None  # of reps


class _Unit:
    """What was read of a unit, pass by pass."""

    def __init__(self, stresses: int) -> None:
        # of each stress the periods, piece by piece
        self._figures: list[list[Figures]] = [[] for _ in range(stresses)]
        self._tails: list[list[Tail]] = [[] for _ in range(stresses)]
        self._tallies: list[list[Tally]] = [[] for _ in range(stresses)]

    def add(self, read: _Read, places: Sequence[tuple[int, int]]) -> None:
        """Take what a pass tells: numbers in the pass, and which stresses they are."""
        for number, place in places:
            self._figures[place].append(read.figures[number])
            if read.tails is not None:
                self._tails[place].append(read.tails[number])
            if read.tallies is not None:
                self._tallies[place].append(read.tallies[number])

    @property
    def figures(self) -> list[Figures]:
        """Of each stress."""
        return [join_figures(parts) for parts in self._figures]

    @property
    def tails(self) -> list[Tail]:
        """Of each stress; of groups and the team."""
        return [join_tails(parts) for parts in self._tails]

    @property
    def tallies(self) -> list[Tally]:
        """Of each stress; of reps."""
        return [join_tallies(parts) for parts in self._tallies]


class _Chosen(NamedTuple):
    """Stresses by name, which of them are built in, and whether these may stay away."""

    stresses: dict[str, Stress]
    builtin: frozenset[str]
    all_there_are: bool


def _choose(scenario: Scenario, stresses: Mapping[str, Stress] | Iterable[str] | None) -> _Chosen:
    if isinstance(stresses, Mapping):
        return _Chosen(dict(stresses), frozenset(), all_there_are=False)
    known = {**builtin_stresses(scenario), **scenario.stress}
    builtin = frozenset(BUILTINS) - frozenset(scenario.stress)
    if stresses is None:
        return _Chosen(known, builtin, all_there_are=True)
    named = {}
    for name in [stresses] if isinstance(stresses, str) else stresses:
        if name not in known:
            raise ArgumentError(f"there is no stress {name!r}; {suggest(name, list(known))}")
        named[name] = known[name]
    return _Chosen(named, builtin, all_there_are=False)


def stress_names(scenario: Scenario) -> tuple[str, ...]:
    """Which stresses has a scenario: built-in ones, then its own?"""
    return tuple(dict.fromkeys((*BUILTINS, *scenario.stress)))


def _left_out(name: str) -> Caution:
    why = (
        "the team has but one rep" if name == TOP_REP_LEAVES else "nobody starts within the horizon"
    )
    return Caution("stress_left_out", (name,), f"{name} would change nothing: {why}. Left out.")


def _described(stresses: Mapping[str, Stress], builtin: frozenset[str]) -> pl.DataFrame:
    rows = [
        {
            "stress": name,
            "built_in": name in builtin,
            **{factor: getattr(stress, factor) for factor in _FACTORS},
            "remove_reps": list(stress.remove_reps),
            "delay_hires_days": stress.delay_hires_days,
        }
        for name, stress in stresses.items()
    ]
    return pl.DataFrame(
        rows,
        schema={
            "stress": pl.String,
            "built_in": pl.Boolean,
            **dict.fromkeys(_FACTORS, pl.Float64),
            "remove_reps": pl.List(pl.String),
            "delay_hires_days": pl.Int64,
        },
    )


def _frame(
    found: list[tuple[str, str, list[Figures]]],
    names: list[str],
    variant: Variant,
) -> pl.DataFrame:
    keys = variant.keys
    rows = len(keys)
    frames = []
    for number, stress in enumerate(names):
        for level, name, figures in found:
            unit = variant.units[level, name]
            words = {
                "stress": [stress] * rows,
                "level": [level] * rows,
                "name": [name] * rows,
                "group": [unit.group] * rows,
                "cadence": [cadence for cadence, _ in keys],
                "period": [period for _, period in keys],
            }
            columns = columns_of(figures[number], figures[0], unit.quotas)
            frames.append(pl.DataFrame({**words, **columns}))
    frame: pl.DataFrame = pl.concat(frames).fill_nan(None)
    # where no period is answered there is no value to tell a column's type by
    return frame.cast(dict.fromkeys(_WORDS, pl.String))


def _run(
    variants: Mapping[str, Variant],
    rows: Sequence[int],
    paths: int,
    workers: int | None,
    progress: Progress | None,
) -> dict[tuple[str, str], _Unit]:
    """What does each unit book under each stress? In as many passes as memory asks for.

    Periods are cut first, so that two variants fit, then stresses; each pass begins with the
    scenario as it is, which the others are held against.
    """
    base, *others = variants.values()
    blocks = blocks_of(base.setting.correction, paths)
    copies = 1 if blocks is None else 2
    tailed = {base.keys[row] for row in rows}
    passes = [
        (keys, places)
        for keys in in_pieces(base.keys, at_once(2 * copies, paths))
        for places in in_pieces(
            range(1, len(variants)), max(at_once(copies * len(keys), paths) - 1, 1)
        )
    ]
    units: dict[tuple[str, str], _Unit] = {}
    for number, (keys, places) in enumerate(passes):
        inside = [place for place, key in enumerate(keys) if key in tailed]

        together = [base, *(others[place - 1] for place in places)]
        alone = [] if blocks is None else [replace(v, starts=blocks.starts) for v in together]

        def read(seen: Seen, inside: Sequence[int] = inside) -> _Read:
            half = len(seen.booked) // copies
            told = seen._replace(booked=seen.booked[:half], quotas=seen.quotas[:half])
            figures = read_figures(seen, blocks)
            return _Read(figures, read_tails(told, inside), read_tallies(told, inside))

        def tell(done: int, reps: int, number: int = number) -> None:
            if progress is not None:
                progress(number * reps + done, len(passes) * reps)

        # as it is, is told by the first pass of each piece of the periods
        told = list(enumerate((0, *places)))[0 if 1 in places or not places else 1 :]
        for level, name, each in compare(
            [*together, *alone],
            read,
            paths=paths,
            periods=keys,
            traces=True,
            workers=workers,
            progress=tell,
        ):
            units.setdefault((level, name), _Unit(len(variants))).add(each, told)
    return units


def stress_test(
    asked: Scenario | Simulation,
    *,
    stresses: Mapping[str, Stress] | Iterable[str] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Answer:
    """What if win rates fall, cycles stretch, a rep leaves, hiring slips?

    Every stress is simulated on the same luck as the scenario as it is: the same opportunities
    with other rates. Factors apply to what is not there yet; open deals keep their amounts, but
    their odds and what is left of their cycles move.

    Memory: a thread, the team and each group at work hold at most 128 MB of bookings each, or
    those of one period under one stress; what is more than that is simulated in several passes,
    each beside the scenario as it is, which gives the same bits.

    Parameters
    ----------
    asked
        A scenario, or a simulation of it, whose paths and seed are taken then.
    stresses
        Names, or stresses by name. All where they are left out: built-in ones (see
        `builtin_stresses`), then those of the scenario, of which one that bears the name of a
        built-in one takes its place. A built-in one that changes nothing, such as late hires
        where nobody starts within the horizon, is then left out, and a caution says so; where it
        is named it is shown, with changes of exactly 0.
    paths, seed
        Number of futures, and what fixes their luck.
    workers
        Threads of this machine.
    progress
        Called with the number of reps that are done and the number of all.

    Returns
    -------
    Answer
        ``frame`` has a row for each stress, unit and period, beginning with the stress ``as it
        is``: ``stress``, ``level``, ``name``, ``group``, ``cadence``, ``period``, ``quota``;
        ``p_hit``, ``p_hit_base`` (as it is) and ``p_hit_change``, whose standard error is that of
        the difference on the same paths, exactly 0 where no path changes by a cent; ``mean`` and
        ``mean_change``; ``p10``; ``expected_shortfall``; ``shortfall``, the mean of what is
        missing, given a miss; and the standard error ``*_se`` of each. ``expected_shortfall`` is
        what is booked in the worst tenth of the futures on average: more is better. Amounts are
        in currency, shares from 0 to 1; null where there is no quota or no miss.

        ``parts["risk"]`` has the team's and the groups' quarters and years: ``p5``, ``p10``,
        ``p50``, ``p90``, value at risk ``var_5``, ``var_10``, and ``es_5``, ``es_10`` as
        `measure_risk` has them. ``es_10`` is what is missing to the plan in the worst tenth of
        the futures on average, the plan less ``expected_shortfall``: less is better. Of those who
        are there under the stress: ``reps``, ``reps_with_quota``, ``quotas`` (their sum),
        ``over_assignment`` (that sum as a multiple of the plan), and for concentration
        ``largest``, who is expected to book most, and ``largest_share`` of all that is booked.

        ``parts["bands"]`` has the expected ``share`` of these reps who end in a ``band`` of
        attainment, as `measure_risk` has it. ``parts["stresses"]`` tells what each stress is.

    Raises
    ------
    ArgumentError
        If there is no stress of a name, or a simulation is contradicted.
    InputError
        If the scenario, or a stress that is given, cannot be simulated.

    Examples
    --------
    >>> import quotarisk as qr
    >>> from quotarisk.analysis.stress import stress_test
    >>> scenario = qr.load_scenario("scenarios/saas_team.toml")
    >>> answer = stress_test(scenario, stresses=["low_win_rates", "downturn"], paths=1000)
    >>> answer.frame["stress"].unique(maintain_order=True).to_list()
    ['as it is', 'low_win_rates', 'downturn']
    """
    scenario, paths, seed = asked_of(asked, paths, seed)
    given = {"stress": dict(stresses)} if isinstance(stresses, Mapping) else {}
    base = variant_of(scenario.model_copy(update=given), seed)  # checked as if it named them
    chosen = _choose(scenario, stresses)
    if AS_IT_IS in chosen.stresses:
        raise ArgumentError(f"no stress may be called {AS_IT_IS!r}: the scenario unstressed is")
    variants, cautions = {AS_IT_IS: base}, []
    for name, stress in chosen.stresses.items():
        variant = under_stress(base, stress)
        optional = chosen.all_there_are and name in chosen.builtin
        if optional and variant.tasks == base.tasks:
            cautions.append(_left_out(name))
        else:
            variants[name] = variant
    cautions += block_cautions(scenario.correction, paths)
    rows = rows_of(base.keys)
    found = _run(variants, rows, paths, workers, progress)
    figures = [(*key, unit.figures) for key, unit in found.items()]
    tails = [(*key, unit.tails) for key, unit in found.items() if key[0] != "rep"]
    tallies = {name: unit.tallies for (level, name), unit in found.items() if level == "rep"}
    kept = {name: stress for name, stress in chosen.stresses.items() if name in variants}
    return Answer(
        question="What if things turn out worse?",
        frame=_frame(figures, list(variants), base),
        cautions=tuple(cautions),
        provenance=provenance_of(scenario, paths, seed),
        note=f"{EXPOSURE_ONLY} {KEPT} {TWO_TAILS}",
        headline=(
            "stress", "level", "name", "period", "p_hit", "p_hit_change", "p_hit_change_se",
            "mean", "expected_shortfall",
        ),
        parts={
            "risk": frame_of_tails(tails, variants, tallies),
            "bands": bands_under_stress(variants, tallies, rows, paths),
            "stresses": _described(kept, chosen.builtin),
        },
    )  # fmt: skip
