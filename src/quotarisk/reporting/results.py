"""What a run answers, taken together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import polars as pl

from quotarisk.analysis.answers import Answer
from quotarisk.caution import Caution
from quotarisk.scenario.scenario import Scenario
from quotarisk.simulation.simulation import Provenance


@dataclass(frozen=True)
class Results:
    """A scenario with its answers.

    Parameters
    ----------
    scenario
        What was asked.
    attainment, cadence
        From `estimate_attainment` and `compare_cadences`, of the same simulation.
    risk
        From `assess_risk`, or from `outline_risk` or `measure_risk`, which tell where it comes from
        too.
    """

    scenario: Scenario
    attainment: Answer
    cadence: Answer
    risk: Answer

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers, the most important first."""
        return (self.attainment, self.cadence, self.risk)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by the names that programs know them by."""
        return {
            "attainment": self.attainment.frame,
            "cadence": self.cadence.frame,
            "risk": self.risk.frame,
            **self.risk.parts,
        }

    @property
    def provenance(self) -> Provenance:
        """Where the figures come from."""
        return self.attainment.provenance

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What is doubtful, each once; those of the same code stand together."""
        by_code: dict[str, list[Caution]] = {}
        told = chain.from_iterable(answer.cautions for answer in self.answers)
        for caution in dict.fromkeys(told):
            by_code.setdefault(caution.code, []).append(caution)
        return tuple(chain.from_iterable(by_code.values()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the answers leave out on purpose, each once."""
        return tuple(dict.fromkeys(answer.note for answer in self.answers))
