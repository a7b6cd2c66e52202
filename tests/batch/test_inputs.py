from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from quotarisk.batch import inputs
from quotarisk.batch.inputs import (
    digest,
    list_files,
    list_inputs,
    list_scenarios,
    load_steady,
    peek,
    readable,
)
from quotarisk.errors import InputError
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.scenario import Scenario
from tests.batch.conftest import Write


def test_scenarios_of_folders_and_files(write: Write, tmp_path: Path) -> None:
    """A folder stands for its TOML files in order, but for hidden ones; each is taken once."""
    for name in ("b", "a", ".hidden"):
        write(name)
    (tmp_path / "scenarios" / "notes.txt").write_text("")
    (tmp_path / "empty").mkdir()
    told = ["scenarios/b.toml", "scenarios", str(tmp_path / "scenarios" / "a.toml"), "no", "empty"]

    assert ("scenarios/b.toml", "scenarios/a.toml", "no", "empty") == list_scenarios(told)


def test_inputs(write: Write, tmp_path: Path) -> None:
    """Inputs are the scenario file, its tables and its databases, these without who asked."""
    write("team")
    path = tmp_path / "scenarios" / "team.toml"
    path.write_text(
        'rep_table = "book.xlsx#Reps"\nquota_table = "no.csv"\nbooked = []\n'
        'open_deals = { uri = "postgresql://ana:secret@host/crm", query = "x" }\n'
    )
    (path.parent / "book.xlsx").write_bytes(b"book")
    read = list_inputs("scenarios/team.toml")

    assert [
        ("scenarios/team.toml", digest(path)),
        ("book.xlsx", hashlib.sha256(b"book").hexdigest()),
        ("no.csv", None),
        ("postgresql://***@host/crm", None),
    ] == [(each.source, each.sha256) for each in read]


@pytest.mark.parametrize("content", [b"\xff", b"a = [" + b"[" * 5000, b"open_deals = 3"])
def test_inputs_of_a_broken_file(tmp_path: Path, content: bytes) -> None:
    """A file that cannot be read is an input all the same."""
    (tmp_path / "a.toml").write_bytes(content)

    assert [digest(tmp_path / "a.toml")] == [
        each.sha256 for each in list_inputs(str(tmp_path / "a.toml"))
    ]


def test_no_such_bytes(tmp_path: Path) -> None:
    """Where no file can be there are no bytes to hash."""
    assert (None, None) == (digest(tmp_path), digest(tmp_path / ("x" * 5000)))


def test_names_that_are_no_text() -> None:
    """Bytes of a name that are no letters are told by their numbers."""
    assert "t\\udcff.toml" == readable(os.fsdecode(b"t\xff.toml"))


def test_files_that_change_while_they_are_read(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes while it is read is read again, until the hashes are of what was read."""
    write("team")
    quotas = iter(range(1, 3))

    def change_and_load(path: str) -> Scenario:
        scenario = load_scenario(path)
        for quota in quotas:
            write("team", quota=quota)
            break
        return scenario

    monkeypatch.setattr(inputs, "load_scenario", change_and_load)
    scenario, read = load_steady("scenarios/team.toml")

    assert 2 == scenario.reps[0].quota.month
    assert read == list_inputs("scenarios/team.toml")


def test_files_that_never_rest(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What changes as fast as it is read is a fault, also where it cannot be read at all."""
    write("team")
    path = Path("scenarios/team.toml")

    def change(_: str) -> Scenario:
        path.write_bytes(path.read_bytes() + b"#")
        raise InputError([])

    monkeypatch.setattr(inputs, "load_scenario", change)
    with pytest.raises(InputError, match="must not change while they are read"):
        load_steady(str(path))


def test_folder_without_scenarios(tmp_path: Path) -> None:
    """A folder without a scenario says so."""
    with pytest.raises(InputError, match=r"the folder must hold a scenario, a file \*.toml"):
        load_steady(str(tmp_path))


def test_pipe(tmp_path: Path) -> None:
    """A pipe can be read but once, and is refused before it blocks."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match="the scenario file must be a regular file"):
        load_steady(str(tmp_path / "pipe"))


def test_table_that_is_a_pipe(tmp_path: Path) -> None:
    """A table that is a pipe is refused before it blocks; a scenario that is one says nothing."""
    os.mkfifo(tmp_path / "p.csv")
    (tmp_path / "a.toml").write_text('name = "A"\nstart = 2027-01-01\nbooked = "p.csv"\n')

    with pytest.raises(InputError, match=r"a table must be a regular file, got p\.csv"):
        load_steady(str(tmp_path / "a.toml"))
    assert {} == peek(str(tmp_path / "p.csv"))


def test_folders_that_are_called_as_files(write: Write, tmp_path: Path) -> None:
    """A folder ``x.toml`` is no scenario: not in a folder, nor where a shell's ``*`` finds it."""
    write("a")
    for name in ("x.toml", "y.toml"):
        (tmp_path / "scenarios" / name).mkdir()
    (tmp_path / "scenarios" / "y.toml" / "b.toml").write_text("")
    found = sorted(map(str, Path("scenarios").glob("*.toml")))

    assert ("scenarios/a.toml",) == list_scenarios(["scenarios"])
    assert ("scenarios/a.toml", "scenarios/y.toml/b.toml") == list_scenarios(found)


def test_what_is_in_the_way_of_files(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be looked into is named, and so is what is said to be in it."""
    write("a")

    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("quotarisk.batch.inputs.Path.iterdir", deny)
    monkeypatch.setattr("quotarisk.batch.inputs.os.scandir", deny)
    assert ("scenarios",) == list_scenarios(["scenarios"])
    with pytest.raises(InputError, match=r"the folder must be readable, got permission denied \(s"):
        load_steady("scenarios")
    monkeypatch.setattr("quotarisk.batch.inputs.Path.stat", deny)
    with pytest.raises(InputError, match="the scenario file must be"):
        load_steady("locked/a.toml")
    assert {} == peek("locked/a.toml")


def test_files_of_a_scenario(write: Write, tmp_path: Path) -> None:
    """Files of a scenario are those that are there, with that of a SQLite database."""
    write("team")
    path = tmp_path / "scenarios" / "team.toml"
    path.write_text(
        'rep_table = "book.xlsx#Reps"\nquota_table = "no.csv"\n'
        'open_deals = { uri = "sqlite://my%20crm.db", query = "x" }\n'
        'booked = { uri = "postgresql://host/crm", query = "x" }\n'
    )
    for name in ("book.xlsx", "my crm.db"):
        (path.parent / name).write_bytes(b"")

    assert ["team.toml", "book.xlsx", "my crm.db"] == [
        each.name for each in list_files("scenarios/team.toml")
    ]


def test_inputs_by_their_address(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buckets and variables are inputs too; files among them are files of the scenario."""
    monkeypatch.setenv("FOLDER", str(tmp_path))
    monkeypatch.delenv("NOWHERE", raising=False)
    write("team")
    path = tmp_path / "scenarios" / "team.toml"
    path.write_text(
        f'rep_table = "{tmp_path.as_uri()}/a.parquet"\nquota_table = "https://h/a.parquet?s=s3cret"\n'
        'segment_table = "postgresql://ana:s3cret@h/crm"\n'
        'open_deals = { uri = "sqlite://${FOLDER}/b.db", query = "x" }\n'
        'booked = { uri = "${NOWHERE}", query = "x" }\n'
    )
    for name in ("a.parquet", "b.db"):
        (tmp_path / name).write_bytes(b"")

    assert ["team.toml", "a.parquet", "b.db"] == [
        each.name for each in list_files("scenarios/team.toml")
    ]
    assert [
        ("postgresql://***@h/crm", None),
        (f"{tmp_path.as_uri()}/a.parquet", None),
        ("https://h/a.parquet", None),
        ("sqlite://${FOLDER}/b.db", None),
        ("${NOWHERE}", None),
    ] == [(each.source, each.sha256) for each in list_inputs("scenarios/team.toml")][1:]
