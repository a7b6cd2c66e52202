"""``--precision`` in place of ``--paths``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_as_many_paths_as_it_takes(folder: Path, call: Run) -> None:
    """Stderr tells the plan; the answer is that of a run with as many paths."""
    found = call("run", "team.toml", "--precision", "0.008", "--format", "json", "--out", "a.json")
    told = re.search(r"are 0\.01\d* at most: ([0-9,]+) paths, about \d+ s", found.stderr)

    assert 0 == found.exit_code
    assert told is not None
    paths = told[1].replace(",", "")
    rows = json.loads((folder / "a.json").read_text())
    assert f'"paths": {paths}' in json.dumps(rows)
    plain = call("run", "team.toml", "--paths", paths, "--format", "json", "--out", "b.json")
    assert 0 == plain.exit_code
    assert (folder / "a.json").read_bytes() == (folder / "b.json").read_bytes()


def test_report(folder: Path, call: Run) -> None:
    """The page too."""
    assert 0 == call("report", "team.toml", "--precision", "0.02", "-o", "r.html").exit_code
    assert 0 == call("report", "team.toml", "--paths", "2000", "-o", "s.html").exit_code
    assert (folder / "r.html").read_bytes() == (folder / "s.html").read_bytes()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--precision", "2"), "precision must be a standard error of P(hit) from 0.0005 to 0.1"),
        (("--precision", "x"), "'x' is not a valid float"),
        (("--precision", "0.01", "--paths", "100"), "leave out --paths"),
        (("--paths", "100", "--precision", "0.01"), "leave out --paths"),
    ],
)
def test_what_is_refused(call: Run, words: tuple[str, ...], expected: str) -> None:
    """With the range, and not beside a number of paths."""
    told = call("run", "team.toml", *words)

    assert 2 == told.exit_code
    assert expected in told.stderr
