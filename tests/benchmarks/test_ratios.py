from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from benchmarks.case import REFERENCE, Case, won_deals
from benchmarks.figures import Figures, largest_difference, summarise
from benchmarks.table import Line, markdown, seconds, write_into
from benchmarks.timing import Timing

import quotarisk
from benchmarks import compound, naive, processes, ratios, thinned
from quotarisk.simulation.measures import Measures

BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
Run = Callable[..., Figures]
PATHS = 60_000


def figures_of(case: Case, *, paths: int, seed: int) -> Figures:
    """Run the case with quotarisk."""
    return _figures(quotarisk.simulate(case.scenario(1), paths=paths, seed=seed).reps[0], paths)


def _figures(measured: Measures, paths: int) -> Figures:
    """Our own measures as a peer gives them."""
    periods, cadence = measured.periods, measured.cadence
    return Figures(
        p_hit=periods.hits / paths,
        mean=periods.mean / 100,
        sd=periods.sd / 100,
        sd_se=periods.sd_se / 100,
        quantiles=periods.quantiles / 100,
        quantiles_se=periods.quantiles_se / 100,
        shortfall=periods.shortfall / 100,
        shortfall_se=periods.shortfall_se / 100,
        cadence={
            "p_hit_month": cadence.p_hit["month"],
            "p_hit_quarter": cadence.p_hit["quarter"],
            "p_hit_year": cadence.p_hit["year"],
            "p_all_months": cadence.p_all["month"],
            "p_all_quarters": cadence.p_all["quarter"],
            "difference": cadence.difference,
            "false_alarm": cadence.false_alarm,
            "n_eff_month": cadence.n_eff["month"],
            "n_eff_quarter": cadence.n_eff["quarter"],
            "n_eff_year": cadence.n_eff["year"],
            "crossover": cadence.crossover,
        },
        paths=paths,
    )


@pytest.fixture(scope="module")
def ours() -> Figures:
    """Our own figures, at twice the size."""
    return figures_of(REFERENCE, paths=2 * PATHS, seed=11)


@pytest.mark.parametrize(
    ("run", "paths"),
    [
        (thinned.run, PATHS),
        (partial(thinned.run, warm_up=False), PATHS),
        (naive.run, PATHS),
        (processes.run, 500),
    ],
    ids=["thinned", "thinned, steady start", "naive", "simpy"],
)
def test_a_peer_agrees_with_the_simulation(ours: Figures, run: Run, paths: int) -> None:
    """Three programs that share nothing but the model have the same P(hit) and means."""
    assert largest_difference(ours, run(REFERENCE, paths=paths, seed=5)) < 4


@pytest.mark.parametrize("run", [thinned.run, naive.run], ids=["thinned", "naive"])
def test_spreads_and_quantiles_of_a_peer_agree(ours: Figures, run: Run) -> None:
    """Beyond means: deviations, and what one path in ten is below or above."""
    theirs = run(REFERENCE, paths=PATHS, seed=5)
    for name in ("sd", "quantiles", "shortfall"):
        apart = getattr(theirs, name) - getattr(ours, name)
        error = np.hypot(getattr(theirs, f"{name}_se"), getattr(ours, f"{name}_se"))
        assert np.abs(apart).max() > 0
        assert np.all(np.abs(apart) <= 4 * error), name
    for name, (value, error) in theirs.cadence.items():
        mine = ours.cadence[name]
        assert abs(value - mine[0]) < 4 * np.hypot(error, mine[1]), name


@pytest.mark.parametrize("run", [thinned.run, naive.run], ids=["thinned", "naive"])
@pytest.mark.parametrize(
    "change",
    [
        lambda case: replace(case, month_quota=case.month_quota * 1.05),
        lambda case: replace(
            case, segments=tuple(replace(d, won=round(d.won * 1.1)) for d in case.segments)
        ),
        lambda case: replace(case, market=replace(case.market, creation=0.4)),
        lambda case: replace(
            case, segments=tuple(replace(d, size_sd=d.size_sd * 1.1) for d in case.segments)
        ),
    ],
    ids=["quota", "win rate", "market", "deal size"],
)
def test_a_peer_of_another_model_does_not_agree(
    ours: Figures, run: Run, change: Callable[[Case], Case]
) -> None:
    """The control: small changes of the model are seen at this size."""
    assert largest_difference(ours, run(change(REFERENCE), paths=PATHS, seed=5)) > 4


def test_a_peer_gives_the_same_figures_of_the_same_paths() -> None:
    """Read off the same bookings by plain numpy, every figure and every error is ours."""
    scenario = REFERENCE.scenario(1)
    simulation = quotarisk.simulate(scenario, paths=5_000, seed=3)
    ours = _figures(simulation.reps[0], 5_000)
    theirs = summarise(simulation.bookings("Rep 0"), REFERENCE.quotas)
    for name in ("p_hit", "mean", "sd", "sd_se", "shortfall", "shortfall_se"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-9)
    np.testing.assert_allclose(theirs.quantiles, ours.quantiles, rtol=1e-12)
    np.testing.assert_allclose(theirs.quantiles_se, ours.quantiles_se, rtol=0.05, atol=1e-9)
    assert ours.cadence.keys() == theirs.cadence.keys()
    for name, pair in ours.cadence.items():
        np.testing.assert_allclose(theirs.cadence[name], pair, rtol=1e-3)


def test_single_precision_is_enough_for_a_peer() -> None:
    """What numpy's best gains by float32 costs no figure."""
    booked = np.random.default_rng(3).gamma(0.5, REFERENCE.month_quota, (12, 5001))
    single = summarise(booked.astype(np.float32), REFERENCE.quotas)
    double = summarise(booked, REFERENCE.quotas)
    np.testing.assert_allclose(single.p_hit, double.p_hit, atol=1 / 5000)
    for name in ("mean", "sd", "sd_se", "quantiles", "quantiles_se", "shortfall", "shortfall_se"):
        np.testing.assert_allclose(getattr(single, name), getattr(double, name), rtol=1e-3)


def test_won_deals_are_those_of_the_warm_pipeline() -> None:
    """By Little's law the deals that are open at day 0 are those of a mean cycle."""
    warm = won_deals(REFERENCE)
    year = sum(d.opps / 52 * 365 / 7 * d.won / d.of for d in REFERENCE.segments)
    assert year < warm < 1.3 * year


@pytest.mark.filterwarnings("ignore")
def test_our_exact_figures_are_those_of_aggregate() -> None:
    """Two Fourier transforms of a compound Poisson law, on lattices of their own."""
    sources = compound.expected_sources(compound.known_scenario())
    quotas = compound.period_quotas()
    ours = compound.our_p_hit(sources, quotas)
    theirs = compound.aggregate_p_hit(sources, quotas)
    np.testing.assert_allclose(ours, theirs, atol=2e-4)
    control = compound.our_p_hit(sources, compound.period_quotas(more=100.0))
    assert np.abs(np.subtract(control, theirs)).max() > 2e-4


@pytest.mark.filterwarnings("ignore")
def test_a_quick_run_measures_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of the table is there, and the README gets what is printed."""
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n{BEGIN}\nold\n{END}\nrest\n", "utf-8")
    ratios.main(["--quick", "--write-readme", str(readme)])
    printed = capsys.readouterr().out
    assert readme.read_text("utf-8") == f"# Title\n{BEGIN}\n{printed.strip()}\n{END}\nrest\n"
    for part in ("`simulate`", "at its best", "SimPy", "won deal", "aggregate", "peak memory"):
        assert part in printed
    for part in ("`stress_test` with seven stresses", "`solve_quotas`", "`rank_drivers`"):
        assert part in printed
    assert "not measured" not in printed


def test_a_readme_is_rewritten_between_its_marks_only(tmp_path: Path) -> None:
    """What stands before and after keeps its bytes, and twice is once."""
    readme = tmp_path / "README.md"
    readme.write_bytes(f"a\r\n{BEGIN}\nold | table\n{END}\nafter é".encode())
    for _ in range(2):
        write_into(readme, "new")
        assert readme.read_bytes() == f"a\r\n{BEGIN}\nnew\n{END}\nafter é".encode()


@pytest.mark.parametrize(
    "text",
    ["", f"{BEGIN}\n", END, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}{BEGIN}\n{END}"],
    ids=["none", "no end", "no begin", "reversed", "twice"],
)
def test_a_readme_without_one_pair_of_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    """Rather than guess, nothing is written."""
    readme = tmp_path / "README.md"
    readme.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="one pair of benchmark markers"):
        write_into(readme, "new")
    assert readme.read_text("utf-8") == text


def test_times_have_the_unit_that_suits_them() -> None:
    """From seconds to nanoseconds."""
    times = [seconds(value) for value in (1234.4, 1.0, 0.0123, 4.56e-6, 7.8e-9)]
    assert times == ["1,234 s", "1 s", "12.3 ms", "4.56 µs", "7.8 ns"]


def test_a_timing_is_a_time_a_unit() -> None:
    """The best of the repeats, over the work of each."""
    timing = Timing((4.0, 2.0, 9.0), 2.0)
    assert timing.best == 1.0


def test_the_table_has_a_row_a_line() -> None:
    """In Markdown."""
    assert markdown([Line("a", "1 s", "2 s", "2")]).splitlines()[2] == "| a | 1 s | 2 s | 2 |"
