"""Many variants of one scenario, in as many passes as memory asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from quotarisk.analysis import sweep as module
from quotarisk.analysis.moving import with_tasks
from quotarisk.analysis.sweep import (
    SWEEP_PATHS,
    asked_to_sweep,
    check_answerable,
    choose_reps,
    only_reps,
    sweep,
    tied_paths,
)
from quotarisk.errors import ArgumentError
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.comparing import Seen, Variant, variant_of
from quotarisk.simulation.simulation import simulate
from tests.analysis.cases import make, segment

PATHS = 200


def _team() -> Scenario:
    reps = [
        {"name": "Ana", "group": "East"}, {"name": "Bo", "group": "East"},
        {"name": "Cy", "group": "West"}, {"name": "Di"},
    ]  # fmt: skip
    return make({"s": segment()}, *reps, months=3)


def _paced(base: Variant, pace: float) -> Variant:
    """Everybody makes so many times as many opportunities."""
    return with_tasks(
        base,
        {
            name: replace(task, terms=tuple(replace(terms, pace=pace) for terms in task.terms))
            for name, task in base.tasks.items()
        },
    )


def _means(seen: Seen) -> list[float]:
    return [float(booked.mean()) for booked in seen.booked]


def test_passes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few variants are at hand together, each is read once, in their order."""
    base = variant_of(_team(), 1)
    variants = [base, *(_paced(base, 0.1 * number) for number in range(7))]
    steps: list[tuple[int, int]] = []
    at_once = sweep(variants, _means, paths=PATHS)

    monkeypatch.setattr(module, "at_once", lambda *_: 3)
    in_passes = sweep(variants, _means, paths=PATHS, progress=lambda *told: steps.append(told))

    assert at_once == in_passes
    assert [("rep", "Ana"), ("group", "East"), ("team", "Team")] == [
        in_passes[place][:2] for place in (0, 4, -1)
    ]
    assert all(len(told) == len(variants) for _, _, told in in_passes)
    assert [(done, 16) for done in range(1, 17)] == steps


def test_one_variant() -> None:
    """Nothing to hold against it: it is read all the same."""
    base = variant_of(_team(), 1)
    ((_, _, told), *_) = sweep([base], _means, paths=PATHS)

    assert 1 == len(told)


def test_only_some_reps() -> None:
    """Others are gone, with groups that have nobody left; who stays books what they do."""
    base = variant_of(_team(), 1)
    some = only_reps(base, ["Ana", "Di"])
    found = sweep([some], _means, paths=PATHS)
    everybody = {told[:2]: told[2] for told in sweep([base], _means, paths=PATHS)}

    assert [("rep", "Ana"), ("rep", "Di"), ("group", "East"), ("team", "Team")] == [
        each[:2] for each in found
    ]
    assert all(everybody[level, name] == told for level, name, told in found if level == "rep")


def test_who_is_asked_about() -> None:
    """All, or those who are named, each once; nobody who is not there."""
    base = variant_of(_team(), 1)

    assert ("Ana", "Bo", "Cy", "Di") == choose_reps(base, None)
    assert ("Cy", "Ana") == choose_reps(base, ["Cy", "Ana", "Cy"])
    assert ("Bo",) == choose_reps(base, "Bo")
    with pytest.raises(ArgumentError, match="no rep is called 'Anna'; did you mean 'Ana'"):
        choose_reps(base, ["Anna"])


def test_a_wrong_name_in_a_large_team() -> None:
    """Where too many names are allowed to tell them, the message ends in time."""
    reps = [{"name": f"Rep {number}"} for number in range(20)]
    base = variant_of(make({"s": segment()}, *reps, months=1), 0)
    with pytest.raises(ArgumentError, match=r"no rep is called 'Zoe'$"):
        choose_reps(base, ["Zoe"])


def test_paths_where_nobody_says() -> None:
    """Fewer than a run takes; a simulation brings its own."""
    assert SWEEP_PATHS == asked_to_sweep(_team(), None, None).paths
    assert 50 == asked_to_sweep(_team(), 50, 3).paths
    assert 60 == asked_to_sweep(simulate(_team(), paths=60), None, None).paths


def test_no_period() -> None:
    """A single month that began before the start cannot be answered."""
    base = variant_of(make({"s": segment()}, months=1, start=date(2027, 1, 10)), 0)
    with pytest.raises(ArgumentError, match="no period can be answered: all began before 2027"):
        check_answerable(base)
    check_answerable(variant_of(_team(), 0))


@pytest.mark.parametrize("told", [{"together": 0.5}, {"month_shape": 0.5}, {"quarter_shape": 0.5}])
def test_ties_are_told(told: dict[str, float]) -> None:
    """Where a correction ties futures errors may be too small, and that is said."""
    plain = _team()
    correction = plain.correction.model_copy(update=told)
    tied = variant_of(plain.model_copy(update={"correction": correction}), 0)

    assert () == tied_paths(variant_of(plain, 0))
    assert ["tied_paths"] == [caution.code for caution in tied_paths(tied)]
