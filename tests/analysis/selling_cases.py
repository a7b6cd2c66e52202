"""Plans and reps that the tests of mixes, efficiency and behaviour share."""

from __future__ import annotations

from typing import Any

from quotarisk.scenario.pay import PayPlan
from quotarisk.scenario.scenario import Scenario
from tests.analysis.blends import two_segments

TIERS = [{"from": 0.0, "rate": 1.0}, {"from": 1.0, "rate": 1.5}]


def plan(**told: Any) -> PayPlan:
    """A plan by the quarter with an accelerator."""
    usual = {"base": 60_000.0, "target_variable": 60_000.0, "tiers": TIERS}
    return PayPlan.model_validate({**usual, **told})


def flat(rate: float = 0.1, **told: Any) -> PayPlan:
    """A plan that pays a share of all bookings, and nothing else."""
    return PayPlan.model_validate({"commission_rate": rate, "cadence": "month", **told})


def spif(per_deal: float = 0.0, segment: str = "large", **told: Any) -> dict[str, Any]:
    """A SPIF as a scenario writes it."""
    return {"segment": segment, "per_deal": per_deal, **told}


def sellers(*more: dict[str, Any], year: float | None = None, **told: Any) -> Scenario:
    """Ana of `two_segments` for a year, with a team quota; and others after her."""
    team = {"quota": {"year": 400_000.0 if year is None else year}}
    scenario = two_segments(**{"months": 12, "team": team, **told})
    if not more:
        return scenario
    said = scenario.model_dump(exclude_unset=True)
    said["reps"] = [*said["reps"], *more]
    return Scenario.model_validate(said)
