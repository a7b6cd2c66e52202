"""What a run answers, taken together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

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
    """

    scenario: Scenario
    attainment: Answer
    cadence: Answer

    @property
    def provenance(self) -> Provenance:
        """Where the figures come from."""
        return self.attainment.provenance

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What is doubtful, each once; those of the same code stand together."""
        by_code: dict[str, list[Caution]] = {}
        for caution in dict.fromkeys(chain(self.attainment.cautions, self.cadence.cautions)):
            by_code.setdefault(caution.code, []).append(caution)
        return tuple(chain.from_iterable(by_code.values()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the answers leave out on purpose, each once."""
        return tuple(dict.fromkeys((self.attainment.note, self.cadence.note)))
