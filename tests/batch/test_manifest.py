from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from quotarisk.batch.inputs import Input
from quotarisk.batch.manifest import (
    MANIFEST,
    list_outputs,
    make_key,
    read_manifest,
    write_as_read,
)
from quotarisk.scenario.scenario import Scenario
from quotarisk.scenario.segment import Segment


def test_key() -> None:
    """A key changes with the bytes of an input, the version, the seed and the paths."""
    inputs = (Input(source="a.toml", sha256="1"), Input(source="db", sha256=None))
    told = {"version": "1", "seed": 0, "paths": 100}
    key = make_key("hash", inputs, **told)  # type: ignore[arg-type]
    others = {
        make_key("other", inputs, **told),  # type: ignore[arg-type]
        make_key("hash", inputs[:1], **told),  # type: ignore[arg-type]
        *(
            make_key("hash", inputs, **{**told, **change})  # type: ignore[arg-type]
            for change in ({"version": "2"}, {"seed": 1}, {"paths": 101})
        ),
    }

    assert 5 == len(others - {key})


def test_key_of_a_moved_scenario() -> None:
    """Where the files are changes nothing."""
    here, there = (
        make_key("hash", [Input(source=name, sha256="1")], version="1", seed=0, paths=2)
        for name in ("a.toml", "/srv/a.toml")
    )

    assert here == there


def test_outputs(tmp_path: Path) -> None:
    """Outputs are all files, those of folders in it too."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.csv").write_bytes(b"b")
    (tmp_path / "a.csv").write_bytes(b"a")

    assert ["a.csv", "inner/b.csv"] == [output.file for output in list_outputs(tmp_path)]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_no_manifest(tmp_path: Path, content: bytes | None) -> None:
    """What cannot be read is no manifest."""
    if content is not None:
        (tmp_path / MANIFEST).write_bytes(content)

    assert read_manifest(tmp_path) is None


def test_what_was_read_in_another_order() -> None:
    """What is read in another order is told in another, though the scenario is the same."""
    here, there = (
        Scenario(name="A", start=date(2027, 1, 1), segments={name: Segment() for name in names})
        for names in ("xy", "yx")
    )

    assert here.fingerprint == there.fingerprint
    assert write_as_read(here) != write_as_read(there)
