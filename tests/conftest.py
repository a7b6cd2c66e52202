"""What tests of more than one folder are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machines import Machines, open_machines


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A Dask scheduler with three workers, for all tests; who kills one starts another."""
    with open_machines(tmp_path_factory.mktemp("machines"), workers=3) as opened:
        yield opened
