"""Many variants of one scenario, a few at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from quotarisk.analysis.asking import Asked, asked_of
from quotarisk.caution import Caution
from quotarisk.errors import ArgumentError, suggest
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Seen, Variant, compare
from quotarisk.simulation.passes import at_once, in_pieces
from quotarisk.simulation.simulation import Progress, Simulation

Read = TypeVar("Read")
Found = list[tuple[str, str, list[Read]]]
SWEEP_PATHS = 10_000  # that many variants take where nobody says how many


def asked_to_sweep(asked: Scenario | Simulation, paths: int | None, seed: int | None) -> Asked:
    """Which scenario is meant, on how many paths? On fewer than usual where nobody says."""
    if paths is None and not isinstance(asked, Simulation):
        paths = SWEEP_PATHS
    return asked_of(asked, paths, seed)


def check_answerable(variant: Variant) -> None:
    """Refuse what no period is answered of.

    Raises
    ------
    ArgumentError
        If all periods began before the start, and nobody says what was booked until then.
    """
    if not variant.keys:
        raise ArgumentError(
            f"no period can be answered: all began before {variant.setting.horizon.start}, and "
            "the scenario does not say what was booked in them until then (booked)"
        )


def choose_reps(variant: Variant, reps: Iterable[str] | None) -> tuple[str, ...]:
    """Which reps are asked about? All where nobody is named.

    Raises
    ------
    ArgumentError
        If there is no rep of a name.
    """
    known = list(variant.tasks)
    if reps is None:
        return tuple(known)
    named = tuple(dict.fromkeys([reps] if isinstance(reps, str) else reps))
    for name in named:
        if name not in known:
            raise ArgumentError(f"no rep is called {name!r}; {suggest(name, known)}".rstrip("; "))
    return named


def tied_paths(variant: Variant) -> tuple[Caution, ...]:
    """Say that errors may be too small where a correction makes paths depend on each other."""
    told = variant.setting.correction
    if told.together == 0 and told.month_shape == told.quarter_shape == 1:
        return ()
    text = (
        "The scenario's correction ties or spreads bookings, so that futures depend on each other: "
        "errors of chances and of spreads are told as if they did not, and may be larger."
    )
    return (Caution("tied_paths", (), text),)


def only_reps(variant: Variant, names: Collection[str]) -> Variant:
    """Leave out all other reps; groups and the team are those who are left, with their quotas."""
    groups = {
        unit.group
        for (level, name), unit in variant.units.items()
        if level == "rep" and name in names
    }
    kept = {"rep": names, "group": groups}
    return replace(
        variant,
        tasks={name: task for name, task in variant.tasks.items() if name in names},
        units={
            (level, name): unit
            for (level, name), unit in variant.units.items()
            if level == "team" or name in kept[level]
        },
    )


def sweep(
    variants: Sequence[Variant],
    read: Callable[[Seen], list[Read]],
    *,
    paths: int,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Found[Read]:
    """What does each unit book under many variants, each beside the first one?

    Parameters
    ----------
    variants
        The first is what the others are held against: it is at hand together with any of them.
    read
        Takes what is wanted from a unit under some variants, the first one always among them: a
        figure for each.
    paths, workers
        As `compare` takes them.
    progress
        Called with the number of reps that are done and the number of all, over all passes.

    Returns
    -------
    list
        Level, name and what was read of each variant, in the order of `compare`.
    """
    first, others = variants[0], variants[1:]
    chunks = list(in_pieces(others, max(at_once(len(first.keys), paths) - 1, 1)))
    reps = sum(level == "rep" for level, _ in first.units)
    found: dict[tuple[str, str], list[Read]] = {}
    for number, chunk in enumerate(chunks):

        def tell(done: int, _: int, before: int = number * reps) -> None:
            if progress is not None:
                progress(before + done, reps * len(chunks))

        for level, name, told in compare(
            [first, *chunk], read, paths=paths, traces=True, workers=workers, progress=tell
        ):
            if (level, name) in found:
                found[level, name] += told[1:]
            else:
                found[level, name] = list(told)
    return [(level, name, told) for (level, name), told in found.items()]
