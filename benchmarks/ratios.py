"""Everything side by side in one run: ``python -m benchmarks.ratios``.

Times are the best of repeats that take turns, since other work on a machine only ever slows
it, divided by the work that they do; the peers are single-threaded, as they are.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import quotarisk
from benchmarks import compound, histories, naive, processes, startup, thinned, tornado
from benchmarks.case import REFERENCE, won_deals
from benchmarks.floor import book_deals, draw_deals
from benchmarks.pay import measure_pay
from benchmarks.solving import measure_solving
from benchmarks.stressing import measure_stressing
from benchmarks.table import Line, figure, markdown, seconds, write_into
from benchmarks.timing import Timing, Work, time_in_turn
from benchmarks.workload import measure_workload

_LARGE = 5  # times the reference volume


@dataclass(frozen=True)
class Sizes:
    """How much work is measured.

    Parameters
    ----------
    reps, paths
        Of the simulation, and the paths of numpy's.
    simpy_paths
        Of SimPy's.
    repeats, kernel_repeats
        Of whole simulations, and of what takes milliseconds.
    many_reps
        Of the run whose memory is measured, beside one of a quarter of them.
    small_reps
        Of the run that is a process of its own.
    fitted_reps
        Of the history that is fitted.
    asked_reps, asked_repeats
        Of stress tests, quotas, pay and drivers, beside plain runs of the same size.
    compiles
        Whether compiling is measured, which takes longest.
    """

    reps: int
    paths: int
    simpy_paths: int
    repeats: int
    kernel_repeats: int
    many_reps: int
    small_reps: int
    fitted_reps: int
    asked_reps: int
    asked_repeats: int
    compiles: bool


FULL = Sizes(100, 20_000, 200, 7, 60, 1_000, 10, 300, 30, 5, compiles=True)
QUICK = Sizes(4, 1_000, 50, 1, 2, 8, 2, 3, 2, 1, compiles=False)


def _simulations(sizes: Sizes, workers: int) -> list[Line]:
    team = REFERENCE.scenario(sizes.reps)
    simulation = quotarisk.simulate(team, paths=sizes.paths, workers=workers)
    timed = time_in_turn(
        {
            "ours": Work(
                lambda: quotarisk.simulate(team, paths=sizes.paths, workers=workers),
                sizes.reps * sizes.paths,
            ),
            "one": Work(
                lambda: quotarisk.simulate(team, paths=sizes.paths, workers=1),
                sizes.reps * sizes.paths,
            ),
            "answer": Work(lambda: quotarisk.estimate_attainment(simulation)),
            "thinned": Work(lambda: thinned.run(REFERENCE, paths=sizes.paths, seed=1), sizes.paths),
            "lent": Work(
                lambda: thinned.run(REFERENCE, paths=sizes.paths, seed=1, warm_up=False),
                sizes.paths,
            ),
            "naive": Work(lambda: naive.run(REFERENCE, paths=sizes.paths, seed=1), sizes.paths),
            "simpy": Work(
                lambda: processes.run(REFERENCE, paths=sizes.simpy_paths, seed=1),
                sizes.simpy_paths,
            ),
        },
        repeats=sizes.repeats,
    )
    ours, one, total = timed["ours"], timed["one"], sizes.reps * sizes.paths

    def against(what: str, other: Timing) -> Line:
        return Line(
            f"{what}, scaled to as many",
            seconds(ours.best * total),
            seconds(other.best * total),
            figure(other.best / ours.best),
        )

    size = f"{sizes.reps} reps x {sizes.paths:,} paths"
    return [
        Line(f"`simulate`, {size}, {workers} workers", seconds(ours.best * total)),
        Line(
            "the same, and on one thread",
            seconds(ours.best * total),
            seconds(one.best * total),
            figure(one.best / ours.best),
        ),
        Line("`estimate_attainment` of it", seconds(timed["answer"].best)),
        against("numpy at its best (won deals only, float32)", timed["thinned"]),
        against("the same with our steady start instead of a warm-up", timed["lent"]),
        against("numpy, every opportunity", timed["naive"]),
        against(f"SimPy ({sizes.simpy_paths} paths)", timed["simpy"]),
    ]


def _kernels(sizes: Sizes) -> list[Line]:
    works = {}
    for factor in (1, _LARGE):
        case = REFERENCE.at_volume(factor)
        deals = round(won_deals(case) * sizes.paths)
        works[f"book {factor}"] = Work(book_deals(case, paths=sizes.paths), deals)
        works[f"draw {factor}"] = Work(draw_deals(deals), deals)
    timed = time_in_turn(works, repeats=sizes.kernel_repeats)
    booked = [
        Line(
            f"a won deal, and its random bits alone, {name}",
            seconds(timed[f"book {factor}"].best),
            seconds(timed[f"draw {factor}"].best),
            f"1 / {figure(timed[f'book {factor}'].best / timed[f'draw {factor}'].best)}",
        )
        for factor, name in ((1, "reference volume"), (_LARGE, f"{_LARGE} times the volume"))
    ]
    return booked + measure_workload(paths=sizes.paths, repeats=sizes.kernel_repeats)


def _planning(sizes: Sizes, workers: int) -> list[Line]:
    """What finance asks, in plain runs of the same size."""
    size = {"reps": sizes.asked_reps, "paths": sizes.paths, "repeats": sizes.asked_repeats}
    costs = tornado.tornado_costs(workers=workers, **size)
    return [
        measure_stressing(workers=workers, **size),
        measure_solving(workers=workers, **size),
        *measure_pay(**size),
        *(
            Line(
                f"`rank_drivers` of {cost.assumptions} assumptions and `simulate`",
                seconds(cost.tornado.best),
                seconds(cost.plain.best),
                f"1 / {figure(cost.runs)} for each assumption",
            )
            for cost in costs
        ),
    ]


def _exact(sizes: Sizes) -> Line:
    sources = compound.expected_sources(compound.known_scenario())
    more = count()  # quotas of their own each time, so that no transform is at hand
    timed = time_in_turn(
        {
            "ours": Work(
                lambda: compound.our_p_hit(sources, compound.period_quotas(more=next(more)))
            ),
            "aggregate": Work(
                lambda: compound.aggregate_p_hit(sources, compound.period_quotas(more=next(more)))
            ),
        },
        repeats=sizes.repeats,
    )
    return Line(
        "exact P(hit) of 17 periods; `aggregate`",
        seconds(timed["ours"].best),
        seconds(timed["aggregate"].best),
        figure(timed["aggregate"].best / timed["ours"].best),
    )


def _processes(sizes: Sizes, workers: int) -> list[Line]:
    lines = []
    calls = startup.first_calls() if sizes.compiles else None
    if calls is not None:
        lines.append(Line("first simulation of a process, compiling", seconds(calls[0])))
        lines.append(Line("the same, compiled before", seconds(calls[1])))
    starts = startup.start_times(reps=sizes.small_reps, paths=sizes.paths, repeats=sizes.repeats)
    lines += [
        Line(f"process `{name}`", seconds(timing.best) if timing else "not measured")
        for name, timing in starts.items()
    ]
    for reps in (sizes.many_reps // 4, sizes.many_reps):
        peak = startup.peak_megabytes(reps=reps, paths=sizes.paths, workers=workers)
        told = f"{peak:.0f} MB" if peak is not None else "not measured"
        lines.append(Line(f"peak memory, {reps:,} reps x {sizes.paths:,} paths", told))
    fit = histories.fit_cost(sizes.fitted_reps)
    if fit is not None:
        what = f"`read_history` and `calibrate`, {fit.deals:,} deals of {sizes.fitted_reps} reps"
        lines.append(Line(what, seconds(fit.seconds)))
        lines.append(Line("its peak memory", f"{fit.megabytes:.0f} MB"))
    return lines


def measure_all(sizes: Sizes) -> list[Line]:
    """Measure everything, side by side."""
    workers = min(2, os.cpu_count() or 1)
    return [
        *_simulations(sizes, workers),
        *_kernels(sizes),
        *_planning(sizes, workers),
        _exact(sizes),
        *_processes(sizes, workers),
    ]


def report(lines: Sequence[Line]) -> str:
    """Write the table with what it was measured on and what it includes."""
    return (
        f"Measured on a machine with {os.cpu_count()} cores, the best of repeats that take turns.\n"
        "All give the same figures of a rep, P(hit), mean, sd, quantiles, shortfalls and cadences\n"
        "with their standard errors: `simulate` of the team too, its tables of laws at hand; the\n"
        "others on one thread.\n\n" + markdown(lines)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and put it into a README if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ratios", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little work, to see that all runs")
    parser.add_argument("--write-readme", type=Path, metavar="FILE", help="put the table there")
    chosen = parser.parse_args(arguments)
    text = report(measure_all(QUICK if chosen.quick else FULL))
    sys.stdout.write(text + "\n")
    if chosen.write_readme:
        write_into(chosen.write_readme, text)


if __name__ == "__main__":
    main()
