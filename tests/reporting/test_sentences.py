from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from quotarisk.caution import Caution
from quotarisk.reporting import sentences
from quotarisk.reporting.results import Results
from tests.reporting.teams import answers, many, scenario


def with_verdicts(results: Results, *told: str | None) -> Results:
    """Answers about so many reps, each with the cadence that is kinder, or ``even``."""
    frame = many(results, len(told)).cadence.frame.with_columns(
        kinder=pl.Series([k if k != "even" else "month" for k in told], dtype=pl.String),
        kinder_by=pl.Series([k and (0.1 if k != "even" else 0.0) for k in told], dtype=pl.Float64),
        kinder_by_se=0.01,
    )
    return replace(results, cadence=replace(results.cadence, frame=frame))


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "in none of 1,000 futures"),
        (0.004, "in fewer than 1 of 100 futures"),
        (0.384, "in 38 of 100 futures"),
        (0.996, "in more than 99 of 100 futures"),
        (1.0, "in all 1,000 futures"),
    ],
)
def test_futures(share: float, expected: str) -> None:
    """A probability is told as futures, and neither nearly none as none nor nearly all as all."""
    assert expected == sentences.write_futures(share, 1000)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["quarter"] * 3, "All 3 reps are better measured by the quarter."),
        (["month"] * 2, "Both reps are better measured by the month."),
        (["month"], "Rep 0 is better measured by the month."),
        (
            ["month", "month", "quarter", "even", "even"],
            "2 of 5 reps are better measured by the month, 1 by the quarter; 2 are about even.",
        ),
        (
            ["quarter", "even", None],
            "1 of 2 reps is better measured by the quarter; 1 is about even.",
        ),
        (["even"] * 3, "Month or quarter makes no clear difference to any of 3 reps."),
        (["even"] * 2, "Month or quarter makes no clear difference to either rep."),
        (["even"], "Month or quarter makes no clear difference to Rep 0."),
    ],
)
def test_cadences(results: Results, told: list[str | None], expected: str) -> None:
    """The headline counts whom which cadence suits better, among those who have both."""
    assert expected == sentences.headline(with_verdicts(results, *told))[1]


def test_team_with_a_plan(results: Results) -> None:
    """The headline says how likely the team makes the plan of its longest period."""
    expected = "The team makes its 2027 plan of 1.4M USD in "

    assert sentences.headline(results)[0].startswith(expected)


def test_team_without_a_plan(without_quotas: Results) -> None:
    """Without a quota the headline says what the team books, and nothing of cadences."""
    (sentence,) = sentences.headline(without_quotas)

    assert sentence.startswith("The team has no quota: in 2027 it books ")


def test_no_periods_of_three_cadences() -> None:
    """All periods that began before are named."""
    cut = scenario(months=1, start=date(2027, 12, 10), reps=[{"name": "Ana"}])
    (sentence,) = sentences.headline(answers(cut, paths=100))

    expected = (
        "2027-12, 2027-Q4 and 2027 began before 2027-12-10, and the scenario does not say what "
        "was booked in them until then."
    )
    assert f"No period can be answered: {expected}" == sentence


def test_only_quota_in_a_period_that_is_left_out() -> None:
    """Who has a quota is not told to have none, though no period with it can be answered."""
    quota = {"month": {"2027-01": 40_000.0}}
    cut = scenario(months=2, start=date(2027, 1, 15), reps=[{"name": "Ana", "quota": quota}])
    (sentence,) = sentences.headline(answers(cut, paths=100))

    expected = "The team has no quota in a period that can be answered: in 2027-02 it books "
    assert sentence.startswith(expected)


def test_a_rep_called_team() -> None:
    """A rep whom one takes for the team is called a rep."""
    rep = {"name": "Team", "quota": {"month": 20_000.0}, "segments": {"small": {}}}
    sentence = sentences.headline(answers(scenario(reps=[rep])))[1]

    assert sentence.startswith("Team (rep) is better measured by the ")


def test_no_periods() -> None:
    """Where no period can be answered, the headline says so."""
    cut = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])
    results = answers(cut, paths=100)

    expected = (
        "No period can be answered: 2027-01 began before 2027-01-10, and the scenario does not "
        "say what was booked in it until then."
    )
    assert (expected,) == sentences.headline(results)
    assert "100 paths, seed 7; scenario 0123456789ab; quotarisk 1.2.3" == sentences.source(results)


def test_cautions_once_and_together(results: Results) -> None:
    """A caution of both answers is told once, and those of one code stand together."""
    expected = ["few_deals", "few_deals", "plan"]

    assert expected == [caution.code for caution in results.cautions]
    assert tuple(caution.text for caution in results.cautions) == sentences.cautions(results)


def test_many_cautions_that_are_alike(results: Results) -> None:
    """Of many cautions of one code the first three are told, and how many more there are."""
    alike = tuple(Caution("plan", (f"G{n}",), f"Plan of G{n}.") for n in range(1000))
    attainment = replace(results.attainment, cautions=alike)
    cadence = replace(results.cadence, cautions=())

    told = sentences.cautions(replace(results, attainment=attainment, cadence=cadence))

    more = "The same holds for 997 more: --format json tells them all."
    assert ("Plan of G0.", "Plan of G1.", "Plan of G2.", more) == told


def test_source_with_an_exact_check(results: Results) -> None:
    """The source tells the exact check: of how many figures, and the largest difference."""
    frame = results.attainment.frame.with_columns(p_hit_se=pl.lit(0.0035), p_hit_z=pl.lit(None))
    checked = frame.with_columns(
        mean_z=pl.Series([-2.14, 1.0] + [None] * (frame.height - 2), dtype=pl.Float64),
        p_hit_z=pl.lit(None, pl.Float64),
    )
    told = sentences.source(replace(results, attainment=replace(results.attainment, frame=checked)))

    expected = (
        "1,000 paths, seed 7; standard error of P(hit) at most 0.35 points; exact check: 2 "
        "figures, largest difference 2.1 standard errors; scenario 0123456789ab; quotarisk 1.2.3"
    )
    assert expected == told
