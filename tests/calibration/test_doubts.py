"""Doubts: each caution appears where it should, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from quotarisk.calibration.doubts import doubts_of_lesson, find_doubts
from quotarisk.calibration.hazards import Hazards
from quotarisk.calibration.history import Finding
from quotarisk.calibration.lesson import Lesson
from quotarisk.calibration.translating import Fitted
from quotarisk.caution import Caution
from tests.calibration.fits import (
    AS_OF,
    creation_of,
    deals_of,
    fitted_of,
    hazards_of,
    monthly_of,
    pairs_of,
    snapshot_of,
)

STILL = (monthly_of(), monthly_of())


def closed_deals(rep: str, number: int, *, days: int = 30) -> list[tuple[Any, ...]]:
    """Deals of a rep, every second won."""
    return [
        (rep, "large", date(2025, 7, 1), date(2025, 7, 1) + timedelta(days=days), outcome, 10.0)
        for outcome in (("won", "lost") * number)[:number]
    ]


CALM_DEALS = deals_of(*closed_deals("Ana", 10), *closed_deals("Bo", 10))


def hazards(**changed: Any) -> Hazards:
    """Make hazards of a year."""
    return hazards_of(
        np.full((2, 6), 0.01), rep=np.ones((2, 2)), segment=np.ones((2, 2)), **changed
    )


def fitted(*more: tuple[Any, ...], **changed: Any) -> Fitted:
    """Make a fit that nothing is to be said of, and some deals more."""
    deals = pl.concat([CALM_DEALS, deals_of(*more)]) if more else CALM_DEALS
    return replace(fitted_of(snapshot=snapshot_of(deals)), **changed)


def codes(cautions: tuple[Caution, ...]) -> list[str]:
    """Tell the codes of cautions."""
    return [caution.code for caution in cautions]


def only(cautions: tuple[Caution, ...]) -> Caution:
    """Take the one caution that there is."""
    (caution,) = cautions
    assert caution.text.endswith(".")
    assert not caution.text.endswith("..")
    return caution


def test_nothing_to_be_said() -> None:
    """A calm history has no cautions."""
    assert () == find_doubts(fitted(), hazards(), ())


@pytest.mark.parametrize(("cause", "word"), [(0, "won"), (1, "lost")])
def test_drift(cause: int, word: str) -> None:
    """A probable drift is told with its pace a month; its band is the more probable one."""
    steps = np.log(1.05) * np.arange(12)
    drifting = (monthly_of(-steps, drift=0.2), monthly_of(steps, drift=0.9))
    pair = (drifting, STILL) if cause == 0 else (STILL, drifting)
    told = only(find_doubts(fitted(), hazards(monthly=pair), ()))
    assert "drift" == told.code
    assert f"are {word} moved by +5% a month" in told.text


@pytest.mark.parametrize("band", [monthly_of(drift=0.79), monthly_of([0.3], drift=0.99)])
def test_no_drift(band: Any) -> None:
    """An improbable drift, or one of a single month, is not spoken of."""
    assert () == find_doubts(fitted(), hazards(monthly=((band, band), STILL)), ())


def test_stalled_deals() -> None:
    """Deals older than any that closed are told with what the naive rate would make of them."""
    old = date(2025, 8, 1)
    told = only(
        find_doubts(
            fitted(
                ("Bo", "small", old, None, "open", 1_500.0),
                ("Ana", "small", old, None, "open", 500.0),
                ("Ana", "small", AS_OF, None, "open", 9_000.0),
            ),
            hazards(),
            (),
        )
    )
    assert ("stalled_deals", ("Ana", "Bo")) == (told.code, told.about)
    assert "2 open deals are older than 30 days" in told.text
    assert "worth 2,000; at the closed-only rate of 50% they would add 1,000." in told.text


def test_one_stalled_deal_of_unknown_value() -> None:
    """Without amounts the value is not spoken of."""
    stalled = ("Bo", "small", date(2025, 8, 1), None, "open", None)
    told = only(find_doubts(fitted(stalled), hazards(), ()))
    assert told.text.startswith("1 open deal is older than 30 days")
    assert "worth" not in told.text


def test_not_identified() -> None:
    """With much still open at the last age a win rate is a range: what was seen, and all."""
    shape = (2, 2)
    pairs = pairs_of(unresolved=np.full(shape, 0.2), won_by_tail=np.full(shape, 0.05))
    told = only(find_doubts(fitted(pairs=pairs), hazards(), ()))
    assert "not_identified" == told.code
    assert "20% of deals are still open" in told.text
    assert "told as 30% can be anything from 25% to 45%" in told.text
    few = pairs_of(unresolved=np.full(shape, 0.05))
    assert () == find_doubts(fitted(pairs=few), hazards(), ())


def test_bookings_of_the_year_that_are_not_known() -> None:
    """A history that begins within the fiscal year lacks what was booked in it before."""
    snapshot = replace(snapshot_of(CALM_DEALS), observed_from=date(2026, 2, 3))
    told = only(find_doubts(fitted(snapshot=snapshot), hazards(), ()))
    assert "bookings_unknown" == told.code
    assert "known from 2026-02-03 on: what was booked in 2026 before" in told.text
    assert () == find_doubts(fitted(snapshot=snapshot), hazards(), (), fiscal_year_start=4)


def test_left_truncation() -> None:
    """Missing early closes are told with both days."""
    snapshot = replace(snapshot_of(CALM_DEALS), truncated=True, observed_from=date(2025, 7, 31))
    told = only(find_doubts(fitted(snapshot=snapshot), hazards(), ()))
    assert "left_truncation" == told.code
    assert "before 2025-07-31 though deals exist since 2025-07-01" in told.text


def test_little_history() -> None:
    """Fewer than six months are little."""
    told = only(find_doubts(fitted(), hazards(months=5), ()))
    assert "little_history" == told.code
    assert "5 calendar months" in told.text
    assert () == find_doubts(fitted(), hazards(months=6), ())


def test_thin_reps() -> None:
    """Reps with fewer than ten closed deals are named, those without any too."""
    deals = deals_of(*closed_deals("Ana", 10), *closed_deals("Bo", 9))
    told = only(find_doubts(fitted(snapshot=snapshot_of(deals)), hazards(), ()))
    assert ("thin_reps", ("Bo",)) == (told.code, told.about)
    many = tuple(f"R{i}" for i in range(7))
    told = only(find_doubts(fitted(reps=("Ana", *many)), hazards(), ()))
    assert many == told.about
    assert "R0, R1, R2 and 4 others" in told.text


@pytest.mark.parametrize(
    ("recent", "code", "words"),
    [
        ((0.0, 4.2), "creation_burst", "jumped 1 month ago (+4.2 standard"),
        ((-3.5, 0.0), "creation_collapse", "fell 2 months ago (-3.5 standard"),
    ],
)
def test_creation(recent: tuple[float, float], code: str, words: str) -> None:
    """A burst or a collapse of one of the last two months is told with the month."""
    creation = creation_of(recent=np.array(recent))
    told = only(find_doubts(fitted(creation=creation), hazards(), ()))
    assert code == told.code
    assert words in told.text


@pytest.mark.parametrize("recent", [(2.9, -2.9), (np.nan, np.nan)])
def test_usual_creation(recent: tuple[float, float]) -> None:
    """What is within three standard errors, or unknown, is not spoken of."""
    assert () == find_doubts(fitted(creation=creation_of(recent=np.array(recent))), hazards(), ())


def test_inactive_reps() -> None:
    """Who was left out is named."""
    told = only(find_doubts(fitted(), hazards(), (), inactive=("Cy", "Di")))
    assert ("inactive_reps", ("Cy", "Di")) == (told.code, told.about)
    assert told.text.endswith("half year: Cy and Di.")


def test_what_was_repaired() -> None:
    """Repairs and omissions are told as they are, how columns were read is not."""
    findings = (
        Finding("columns_read", "Read: deal from 'id'.", 90),
        Finding("columns_unused", "Not used: 'x'.", 90),
        Finding("spaces", "Spaces around were taken off.", 3),
        Finding("no_outcome", "Left out: nobody knows.", 1_200),
        Finding("won_amount_unknown", "Kept, with an unknown amount.", 1),
        Finding("no_created_date", "Left out.", 0),
    )
    told = find_doubts(fitted(), hazards(), findings)
    assert ["history_no_outcome", "history_won_amount_unknown"] == codes(told)
    assert "1,200 rows: Left out: nobody knows." == told[0].text
    assert "1 row: Kept, with an unknown amount." == told[1].text
    assert str(told[0]) == told[0].text


def test_order() -> None:
    """What weighs most comes first: drift before stalled deals before what was repaired."""
    drifting = (monthly_of(drift=0.9), monthly_of())
    told = find_doubts(
        fitted(
            ("Bo", "small", date(2025, 8, 1), None, "open", None),
            creation=creation_of(recent=np.array([5.0, 5.0])),
        ),
        hazards(monthly=(drifting, drifting), months=2),
        (Finding("no_outcome", "Left out.", 1),),
        inactive=("Cy",),
    )
    expected = [
        *["drift"] * 2,
        "stalled_deals",
        "little_history",
        *["creation_burst"] * 2,
        "inactive_reps",
        "history_no_outcome",
    ]
    assert expected == codes(told)


LESSON = Lesson(0.6, 13, 0.25, (0.1, 0.2), 0.9, 0.5, 8, 3.5, 0.123)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["own_history", "widened"]),
        ({"share": 1.0}, ["widened"]),
        ({"month_shape": 1.0, "quarter_shape": 1.0}, ["own_history", "widened"]),
        ({"month_shape": 1.0, "quarter_shape": 1.0, "shared": ()}, ["own_history", "widened"]),
        (
            {"together": 0.0, "shared": (), "month_shape": 1.0, "quarter_shape": 1.0},
            ["own_history"],
        ),
        ({"windows": 2.9}, ["own_history", "widened", "three_months_untested"]),
    ],
)
def test_what_was_learnt_is_told(changed: dict[str, Any], expected: list[str]) -> None:
    """The share of the past, what was widened, and on how few windows it rests."""
    found = doubts_of_lesson(LESSON._replace(**changed))
    assert expected == [caution.code for caution in found]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "40% of the futures repeat the reps' own last 13 weeks instead of the model: in 8 "
             "forecasts of months that are over the errors of the model alone were 12% larger."),
        ({"weeks": None, "gain": 0.001, "rehearsals": 1},
         "40% of the futures repeat the reps' own past weeks instead of the model: in 1 forecast "
         "of months that are over the model alone did about as well."),
        ({"gain": -0.04}, "40% of the futures repeat the reps' own last 13 weeks instead of the "
         "model: in 8 forecasts of months that are over the errors of the model alone were 4% "
         "smaller, on too few windows to rely on it."),
        ({"gain": None}, "40% of the futures repeat the reps' own last 13 weeks instead of the "
         "model: how such forecasts do is not known yet."),
    ],
)  # fmt: skip
def test_what_the_past_is_worth(changed: dict[str, Any], expected: str) -> None:
    """It is said how the model did without it."""
    first, *_ = doubts_of_lesson(LESSON._replace(**changed))
    assert expected == str(first)


def test_what_was_widened() -> None:
    """Each rep's own spread and what all share are told with their figures."""
    _, found = doubts_of_lesson(LESSON)
    assert (
        "Too much came outside the intervals of 8 past forecasts, so each rep's results are spread "
        "towards both ends (Beta shape 0.9 for a month, 0.5 for three; 1 is as the model has it); "
        "reps have 25% more of their luck in common; "
        "a factor that all reps share varies by 10% in the first month, 20% later."
    ) == str(found)
    _, found = doubts_of_lesson(LESSON._replace(shared=(0.1, 0.1), rehearsals=1))
    assert "of 1 past forecast," in str(found)
    assert str(found).endswith("varies by 10%.")
