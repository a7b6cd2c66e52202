from __future__ import annotations

import pytest

from quotarisk.reporting.results import Results
from tests.reporting.teams import answers, scenario, team


@pytest.fixture(scope="session")
def results() -> Results:
    """Answers about three reps in two groups."""
    return answers(team())


@pytest.fixture(scope="session")
def without_quotas() -> Results:
    """Answers about one rep of no group, who has no quota."""
    return answers(scenario(reps=[{"name": "Ana"}]), paths=200)
