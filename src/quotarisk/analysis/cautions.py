"""What is doubtful about an answer, found in the scenario and in the figures."""
from __future__ import annotations
import polars as pl
from quotarisk.analysis.answers import Caution
from quotarisk.simulation.simulation import Simulation

def attainment_cautions(simulation: Simulation, frame: pl.DataFrame) -> tuple[Caution, ...]:
    """What should a reader of the attainment table know?"""
    return ()

def cadence_cautions(simulation: Simulation, frame: pl.DataFrame) -> tuple[Caution, ...]:
    """What should a reader of the cadence table know?"""
    return ()
