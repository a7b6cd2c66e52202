"""Whatever happens to a scenario file, reading it ends in a scenario or in plain faults."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotarisk.errors import Fault, InputError
from quotarisk.scenario.checking import find_faults
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from tests.scenario.mutations import TEXTS, spoilt_files, write_files

MUTATIONS, PATIENCE_SECONDS = 5000, 5.0


def read(path: Path) -> tuple[tuple[Fault, ...], Scenario | None]:
    """Read a scenario, or the faults that are in its way; every other error is let through."""
    try:
        return (), load_scenario(path)
    except InputError as error:
        return error.faults, None


@pytest.mark.filterwarnings("error")
@settings(max_examples=MUTATIONS, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), text=st.sampled_from(TEXTS), rounds=st.integers(1, 6))
def test_scenario_or_plain_faults(seed: int, text: str, rounds: int) -> None:
    """A mutated scenario loads without faults, or raises an error that lists them plainly.

    It does so within seconds, and writes nothing.
    """
    files = spoilt_files(seed, text=text, rounds=rounds)
    with tempfile.TemporaryDirectory() as folder:
        path, clock = write_files(Path(folder), files), time.monotonic()
        faults, scenario = read(path)
        assert time.monotonic() - clock < PATIENCE_SECONDS
        assert set(files) == {file.name for file in Path(folder).iterdir()}
    for fault in faults:
        assert fault.rule
        assert not re.search(r"Input should|validation|pydantic|Traceback", str(fault))
    if scenario is None:
        assert faults
    else:
        assert () == find_faults(scenario)
        assert scenario.fingerprint
