"""Answers as they are read at a prompt."""

from __future__ import annotations

import polars as pl

from quotarisk.analysis.answers import EXPOSURE_ONLY, Answer
from quotarisk.analysis.attainment import estimate_attainment
from quotarisk.analysis.cadence import compare_cadences
from quotarisk.caution import Caution
from quotarisk.simulation.simulation import Provenance, simulate
from tests.analysis.cases import exact_case

SOURCE = Provenance("Mid-market", "0123456789abcdef", 0, 20_000, "9.9.9")


def test_repr() -> None:
    """An answer shows its question, its table, every caution, and where it comes from."""
    frame = pl.DataFrame({"name": ["Ana"], "p_hit": [0.25]})
    cautions = (Caution("few", ("Ana",), "Too few deals."), Caution("odd", (), "Odd."))
    with pl.Config(tbl_hide_column_data_types=True):
        table = str(frame)
    expected = (
        f"How likely?\n{table}\n! Too few deals.\n! Odd.\n{EXPOSURE_ONLY}\n"
        "Mid-market: 20_000 paths, seed 0, scenario 0123456789ab, quotarisk 9.9.9"
    )
    assert expected == repr(Answer("How likely?", frame, cautions, SOURCE))


def test_repr_shows_the_headline() -> None:
    """Of a wide table the repr shows the columns that answer the question."""
    frame = pl.DataFrame({"name": ["Ana"], "p_hit": [0.25], "sd_se": [7.5]})
    shown = repr(Answer("How likely?", frame, (), SOURCE, headline=("name", "p_hit")))
    assert (True, False) == ("0.25" in shown, "7.5" in shown)


def test_a_caution_reads_as_its_text() -> None:
    """A caution prints as its sentence."""
    assert str(Caution("few", ("Ana",), "Too few deals.")) == "Too few deals."


def test_answers_tell_where_they_come_from() -> None:
    """Both answers carry the run's provenance, and that nobody changes behaviour."""
    simulation = simulate(exact_case(), paths=100, seed=0)
    for answer in (estimate_attainment(simulation), compare_cadences(simulation)):
        assert simulation.provenance == answer.provenance
        assert answer.note == "Exposure only: nobody changes behaviour because of a quota or " + (
            "its cadence."
        )
        assert f"{answer.question}\nshape: " in repr(answer)
        assert "Team: 100 paths, seed 0, scenario " in repr(answer)
