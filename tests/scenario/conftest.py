"""A folder with a scenario in it, and the faults that reading it finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quotarisk.errors import InputError
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario

Load = Callable[..., Scenario]
FaultsOf = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Write files into an empty folder, and load the scenario ``team.toml`` there."""
    monkeypatch.chdir(tmp_path)

    def load_files(toml: str | bytes, tables: dict[str, str | bytes] | None = None) -> Scenario:
        for name, content in {"team.toml": toml, **(tables or {})}.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(data)
        return load_scenario("team.toml")

    return load_files


@pytest.fixture
def faults_of(load: Load) -> FaultsOf:
    """Load a scenario that is wrong: which faults, as they are printed?"""

    def list_faults(toml: str | bytes, tables: dict[str, str | bytes] | None = None) -> list[str]:
        with pytest.raises(InputError) as caught:
            load(toml, tables)
        return [str(fault) for fault in caught.value.faults]

    return list_faults
