from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from quotarisk.reporting.results import Results
from quotarisk.reporting.terminal import band_style, draw_run
from tests.reporting.teams import answers, many, scenario

ESCAPE = "\x1b"
LONG = "Maria-Fernanda de la Concepción y Villanueva-Rodríguez"
NAMES = ("[red]x[/red]", "田中太郎さんと仲間たちの長い名前", "Åse 🚀", "=1+1", LONG)


@pytest.mark.parametrize("width", [60, 80, 160])
def test_screen(results: Results, width: int, snapshot: SnapshotAssertion) -> None:
    """The screen reads well in a narrow, a usual and a wide terminal."""
    assert snapshot == draw_run(results, width=width)


def test_screen_without_quotas(without_quotas: Results, snapshot: SnapshotAssertion) -> None:
    """Without any quota the screen shows bookings, and no empty columns."""
    assert snapshot == draw_run(without_quotas, width=80)


def test_screen_of_eighteen_months(snapshot: SnapshotAssertion) -> None:
    """A figure that is missing for one year is a dash."""
    asked = scenario(months=18, reps=[{"name": "Ana", "quota": {"month": 20_000}}])

    assert snapshot == draw_run(answers(asked, paths=500), width=80)


def test_screen_without_periods() -> None:
    """Where no period can be answered there are no tables."""
    asked = scenario(months=1, start=date(2027, 1, 10), reps=[{"name": "Ana"}])

    told = draw_run(answers(asked, paths=100), width=80)

    assert told.startswith("Starter\nNo period can be answered")
    assert "rep " not in told


@pytest.fixture(scope="module")
def named() -> Results:
    """Answers about reps whose names are not for the faint of heart."""
    reps = [{"name": name, "group": "[b]G[/b]", "quota": {"month": 20_000}} for name in NAMES]
    return answers(scenario(name="[blue]S[/blue] :smile:", reps=reps), paths=200)


@pytest.mark.parametrize("width", [50, 60, 80, 100, 160])
def test_names_are_literal(named: Results, width: int) -> None:
    """Markup in a name is shown as it is written, and wide characters do not break lines."""
    told = draw_run(named, width=width)

    for text in ("[blue]S[/blue] :smile:\n", "\n[red]x[/red] ", "\nÅse 🚀 ", "\n[b]G[/b] "):
        assert text in told
    assert LONG not in told
    assert width >= max(map(cell_len, told.splitlines()))


def test_no_space_at_ends_of_lines(results: Results) -> None:
    """Lines end with what they say, so that mails and diffs stay clean."""
    assert [] == [
        line for line in draw_run(results, width=80).splitlines() if line != line.rstrip()
    ]


def test_without_cautions(results: Results) -> None:
    """Where nothing is doubtful, nothing is said of it."""
    attainment = replace(results.attainment, cautions=())
    cadence = replace(results.cadence, cautions=())
    told = draw_run(replace(results, attainment=attainment, cadence=cadence), width=80)

    assert "!" not in told


def test_plain(results: Results) -> None:
    """Where nobody asks for style, there is none."""
    assert ESCAPE not in draw_run(results, width=80)


def test_styled(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal there is colour, which says nothing that is not written too."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    styled = draw_run(results, width=80, styled=True)

    assert f"{ESCAPE}[38;" in styled
    assert draw_run(results, width=80).split() == _stripped(styled).split()


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour(
    results: Results, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_COLOR and terminals that cannot show colour are honoured."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, value)

    assert f"{ESCAPE}[38;" not in draw_run(results, width=80, styled=True)


def _stripped(styled: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", styled)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_bands(share: float) -> None:
    """Every share has a style, and the middle has none."""
    assert (share == 0.5) == (not band_style(share))


def test_long_table_on_a_terminal(results: Results) -> None:
    """A table that is longer than the terminal is cut to the least likely, and says so."""
    told = draw_run(many(results, 300), width=80, lines=49)

    assert "the least likely 18; 282 more: --all, or --format csv\n" in told
    assert 18 == told.count("\nRep ")
    assert told.index("\nRep 299 ") < told.index("\nRep 282 ")
    assert "\nRep 281 " not in told


def test_small_terminal(results: Results) -> None:
    """Ten reps are shown in any terminal."""
    told = draw_run(many(results, 10), width=80, lines=5)

    assert 10 == told.count("\nRep ")
    assert "--all" not in told


def test_team_is_never_cut(results: Results) -> None:
    """Of many groups the least likely are shown, below the team."""
    frame = results.attainment.frame
    copies = [
        frame.filter(level="group", name="West").with_columns(name=pl.lit(f"G{number}"))
        for number in range(30)
    ]
    longer = pl.concat([*copies, frame.filter(level="team")])
    told = draw_run(
        replace(results, attainment=replace(results.attainment, frame=longer)), width=80, lines=24
    )

    assert "\nTeam " in told
    assert 9 == told.count("\nG")


def test_all_rows_elsewhere(results: Results) -> None:
    """Where there is no terminal every rep is shown, in the scenario's order."""
    told = draw_run(many(results, 300), width=80)

    assert 300 == told.count("\nRep ")
    assert told.index("\nRep 0 ") < told.index("\nRep 299 ")
    assert "--all" not in told
