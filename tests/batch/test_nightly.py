from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from polars.exceptions import PanicException

import quotarisk as qr
from quotarisk.batch.outcomes import Advanced, Begun, Event, Outcome
from quotarisk.errors import ArgumentError, RunError
from tests.batch.conftest import Batch, Entries, Write

Fail = Callable[[BaseException], None]


def bytes_of(folder: Path, *, without: Iterable[str] = ()) -> dict[str, bytes]:
    """All files below a folder, with their bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files if p.name not in without}


@pytest.mark.usefixtures("real_reports")
def test_reports(batch: Batch) -> None:
    """Each scenario has a folder with the report that `write_report` writes, and a manifest."""
    result = batch()
    report = {path.name for path in Path("out/east/2027-01-01").iterdir()}
    manifest = json.loads(Path("out/east/2027-01-01/manifest.json").read_bytes())

    assert (0, ["done", "done"]) == (result.exit_status, [o.status for o in result.outcomes])
    assert {"report.html", "report.xlsx", "attainment.csv", "manifest.json"} <= report
    assert report - {"manifest.json"} == {output["file"] for output in manifest["outputs"]}
    assert ("East", 50, 0, 0) == tuple(
        manifest[key] for key in ("scenario", "paths", "seed", "exit_status")
    )
    assert ["scenarios/east.toml"] == [read["source"] for read in manifest["inputs"]]


def test_unchanged(batch: Batch, write: Write) -> None:
    """What is unchanged is left as it is; a change of a file, of seed or of paths is not."""

    def again(**told: int) -> list[str]:
        return [outcome.status for outcome in batch(**told).outcomes]

    assert ["done", "done"] == again()
    before = bytes_of(Path("out/east")), bytes_of(Path("out/west"))
    assert ["unchanged", "unchanged"] == again()
    assert before == (bytes_of(Path("out/east")), bytes_of(Path("out/west")))
    write("east", quota=1)
    assert ["done", "unchanged"] == again()
    assert ["done", "done"] == again(seed=1)
    assert ["done", "done"] == again(seed=1, paths=51)


def test_changed_tables(batch: Batch) -> None:
    """A change of a table is a change, though the scenario file is the same."""
    file = Path("scenarios/east.toml")
    file.write_text(f'booked = "booked.csv"\n{file.read_text()}')
    status = []
    for rows in ("", "", "Ana,2026-12-31,5\n"):
        Path("scenarios/booked.csv").write_text(f"rep,date,amount\n{rows}")
        status.append(batch(file).outcomes[0].status)

    assert ["done", "unchanged", "done"] == status


@pytest.mark.usefixtures("real_reports")
def test_same_bytes(batch: Batch) -> None:
    """The same inputs give the same bytes, but for the manifest and what shows its times."""
    written = []
    for name in ("one", "two"):
        batch()
        Path("out").rename(name)
        written.append(bytes_of(Path(name), without=("manifest.json", ".lock")))
    timed = {"index.html", "summary.json"}

    assert written[0].keys() == written[1].keys()
    assert timed >= {name for name in written[0] if written[0][name] != written[1][name]}


def test_damage_is_made_good(batch: Batch) -> None:
    """A report that somebody has changed is made again."""
    batch()
    Path("out/east/2027-01-01/answer.json").write_bytes(b"{}")

    assert ["done", "unchanged"] == [outcome.status for outcome in batch().outcomes]
    assert b"{}" != Path("out/east/2027-01-01/answer.json").read_bytes()


def test_broken_scenario(batch: Batch, write: Write, entries: Entries) -> None:
    """A broken scenario does not stop the others: status 4, and its last good run stays."""
    batch()
    Path("scenarios/east.toml").write_text('name = "East"\nstart = 3\n')
    write("west", quota=1)
    result = batch(fail_under=1.0)
    east, west = entries()["East"], entries()["West"]

    assert (4, ["failed", "done"]) == (result.exit_status, [o.status for o in result.outcomes])
    assert ["start", "reps"] == [fault["place"] for fault in east["faults"]]
    assert "start must be a day" in east["faults"][0]["text"]
    assert Path("out", east["newest"]["folder"], "manifest.json").is_file()
    assert ("failed", "done", []) == (east["status"], west["status"], west["faults"])


def test_unreadable_scenario(batch: Batch, entries: Entries) -> None:
    """A file without a name that can be read is known by its last run."""
    batch()
    Path("scenarios/east.toml").write_bytes(b"\xff")
    batch()

    assert "failed" == entries()["East"]["status"]
    assert "out/east/2027-01-01" == f"out/{entries()['East']['newest']['folder']}"


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Let the simulation of ``East`` fail."""
    simulate = qr.simulate

    def let(error: BaseException) -> None:
        def simulated(scenario: qr.Scenario, **told: object) -> qr.Simulation:
            if scenario.name == "East":
                raise error
            return simulate(scenario, **told)  # type: ignore[arg-type]

        monkeypatch.setattr("quotarisk.batch.nightly.simulate", simulated)

    return let


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "there is not enough memory for so many paths"),
        (ZeroDivisionError("x / 0"), "quotarisk failed: ZeroDivisionError: x / 0"),
        (LookupError(), "quotarisk failed: LookupError"),
        (RunError("the disk is full"), "the disk is full"),
        (PanicException("of Rust"), "quotarisk failed: PanicException: of Rust"),
    ],
)
def test_whatever_goes_wrong(batch: Batch, fail: Fail, error: BaseException, told: str) -> None:
    """Whatever goes wrong with a scenario is told of it, and the batch goes on."""
    fail(error)
    east, west = batch().outcomes

    assert (told, error) == (east.faults[0].rule, east.error)
    assert "done" == west.status


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_who_ends_it(batch: Batch, fail: Fail, error: BaseException) -> None:
    """Who interrupts a batch, or ends its process, does that; nothing half is left."""
    fail(error)
    with pytest.raises(type(error)):
        batch()

    assert [".lock"] == [path.name for path in Path("out").iterdir()]


def test_risk_line(batch: Batch, write: Write) -> None:
    """Who is below the line is named with status 3, in a night without changes too."""
    write("east", quota=1)
    for status in ("done", "unchanged"):
        result = batch(fail_under=0.5, level="rep", cadence="month")
        east, west = result.outcomes

        assert 3 == result.exit_status
        assert ((status, ()), status) == ((east.status, east.crossed), west.status)
        assert west.crossed[0].startswith("rep Ana: P(hit) ")
    assert 3 == json.loads(Path("out/west/2027-01-01/manifest.json").read_bytes())["exit_status"]
    assert 0 == batch(fail_under=0.0).exit_status


def test_nothing_to_hold_against_the_line(batch: Batch, entries: Entries) -> None:
    """Where there is no P(hit), a line that cannot be checked is a fault; the report is there."""
    result = batch(fail_under=0.5, level="group")

    assert (4, "failed") == (result.exit_status, result.outcomes[0].status)
    assert "there is no P(hit) of any group" in result.outcomes[0].faults[0].rule
    manifest = json.loads(Path("out/east/2027-01-01/manifest.json").read_bytes())
    east = entries()["East"]
    assert (4, "failed") == (manifest["exit_status"], east["status"])
    assert result.outcomes[0].faults[0].rule == east["faults"][0]["rule"]
    assert "east/2027-01-01" == east["newest"]["folder"]
    batch()
    assert "unchanged" == entries()["East"]["status"]


def test_same_folder(batch: Batch, write: Write) -> None:
    """Of two scenarios whose names mean one folder the second is a fault that names the first."""
    write("west", name="EAST!")
    first, second = batch().outcomes

    assert ("done", "failed") == (first.status, second.status)
    assert str(second.faults[0]) == (
        "a batch's scenarios must differ in the letters of their names: east is the folder of "
        "scenarios/east.toml, got 'EAST!' (scenarios/west.toml: name)"
    )


def test_folder_of_another_scenario(batch: Batch, write: Write, entries: Entries) -> None:
    """Runs of a scenario are not mixed with those of another, nor of an earlier night's."""
    batch()
    write("east", name="EAST!")
    (fault,) = batch().outcomes[0].faults

    assert "east is the folder of 'East', got 'EAST!'" in str(fault)
    assert ("kept", None) == (entries()["East"]["status"], entries()["EAST!"]["newest"])


def test_link_of_an_interrupted_run(batch: Batch) -> None:
    """A run that was killed before its link was set is found by the next."""
    batch()
    Path("out/east/2027-01-01").unlink()

    assert "unchanged" == batch().outcomes[0].status
    assert Path("out/east/2027-01-01/manifest.json").is_file()


def test_litter(batch: Batch) -> None:
    """What killed runs have left is removed; what is somebody else's stays."""
    batch()
    for place in ("out", "out/east", "out/east/runs"):
        Path(place, ".3.part").mkdir()
        Path(place, ".abcdefg1.part").write_bytes(b"half")
        Path(place, "mine").mkdir()
    batch()

    assert [] == list(Path("out").rglob(".*.part"))
    assert 3 == len(list(Path("out").rglob("mine")))


def test_events(batch: Batch) -> None:
    """Who watches hears when a scenario begins, how far it is and how it ends."""
    heard: list[Event] = []
    result = batch(watch=heard.append)

    assert Begun("scenarios/east.toml", 1, 2) == heard[0]
    assert [Advanced(1, 1)] * 2 == [event for event in heard if isinstance(event, Advanced)]
    assert list(result.outcomes) == [event for event in heard if isinstance(event, Outcome)]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"paths": 1}, "paths must be"),
        ({"keep": 0}, "keep must be a whole number of 1 or more, got 0"),
        ({"fail_under": float("nan")}, "fail_under must lie between 0 and 1, got nan"),
        ({"fail_under": 1.5}, "fail_under must lie between 0 and 1, got 1.5"),
        ({"level": "rep"}, "level and cadence say what fail_under looks at"),
        ({"cadence": "month"}, "level and cadence say what fail_under looks at"),
    ],
)
def test_arguments(batch: Batch, told: dict[str, float | str], message: str) -> None:
    """Arguments that mean nothing are refused before anything is written."""
    with pytest.raises(ArgumentError, match=message):
        batch(**told)

    assert not Path("out").exists()


def test_no_scenarios() -> None:
    """A batch of nothing is a mistake."""
    with pytest.raises(ArgumentError, match="at least one scenario"):
        qr.run_batch([], "out")


def test_out_is_a_file(batch: Batch) -> None:
    """Where a file stands in the folder's place, that is told."""
    Path("out").write_bytes(b"")

    with pytest.raises(RunError, match="out cannot be written: file exists"):
        batch()


def test_names_that_are_no_text(batch: Batch) -> None:
    """A file's name may be bytes that are no letters."""
    name = os.fsdecode(b"t\xff.toml")
    Path("scenarios/east.toml").rename(Path("scenarios", name))
    Path("scenarios/west.toml").rename(Path("scenarios", f"a{name}"))
    Path("scenarios", f"a{name}").write_text("name = 3")

    assert ["failed", "done"] == [outcome.status for outcome in batch().outcomes]
    assert ["failed", "unchanged"] == [outcome.status for outcome in batch().outcomes]
    (failed, _) = json.loads(Path("out/summary.json").read_bytes())["scenarios"]
    assert f"scenarios/a{name}" == failed["file"]


TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "quota_table": (
        "rep, cadence, period, quota",
        ("'Ana', 'month', '2027-01', 20000", "'Ana', 'month', '2027-02', 20000"),
    ),
    "segment_table": (
        "segment, opps_per_week, win_rate, deal_size_median, deal_size_p90, "
        "won_cycle_median, won_cycle_p90",
        ("'big', 0.5, 0.2, 30000, 60000, 90, 200", "'tiny', 3, 0.4, 900, 1900, 9, 20"),
    ),
    "open_deals": (
        "deal, rep, segment, amount, created",
        ("'a', 'Ana', 'small', 5000, '2026-12-20'", "'b', 'Ana', 'small', 9000, '2026-12-01'"),
    ),
    "booked": ("rep, date, amount", ("'Ana', '2026-12-01', 5", "'Ana', '2026-12-02', 6")),
}


@pytest.mark.usefixtures("real_reports")
@pytest.mark.parametrize("table", TABLES)
def test_rows_in_another_order(batch: Batch, table: str) -> None:
    """Rows of a query in another order are a change, since they change what is written.

    Every report is a function of what its manifest tells: the same key, the same bytes.
    """
    columns, rows = TABLES[table]
    file = Path("scenarios/east.toml")
    query = f'{{ uri = "sqlite://crm.db", query = "select {columns} from told order by rowid" }}'
    file.write_text(f"{table} = {query}\n{file.read_text()}".replace("month = 20000", ""))
    ends, books = [], []
    for order in (rows, rows, rows[::-1]):
        Path("scenarios/crm.db").unlink(missing_ok=True)
        with closing(sqlite3.connect("scenarios/crm.db")) as connection:
            connection.execute(f"create table told ({columns})")
            for row in order:
                connection.execute(f"insert into told values ({row})")
            connection.commit()
        (outcome,) = batch(file).outcomes
        assert () == outcome.faults
        ends.append(outcome.status)
        books.append(Path("out/east/2027-01-01/report.xlsx").read_bytes())

    assert ["done", "unchanged", "done"] == ends
    assert books[0] != books[2]


@pytest.mark.parametrize("name", ["./scenarios/east.toml", "{}/scenarios/east.toml", "link.toml"])
def test_unreadable_scenario_by_another_name(
    batch: Batch, entries: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The last run of a file is known by where the file is, not by how it was named that night."""
    batch("scenarios/east.toml")
    (tmp_path / "elsewhere").mkdir()
    Path("scenarios/east.toml").write_bytes(b"\xff")
    Path("link.toml").symlink_to("scenarios/east.toml")
    batch(name.format(tmp_path))
    assert "failed" == entries()["East"]["status"]

    monkeypatch.chdir("elsewhere")  # the same words, and another file
    (tmp_path / "elsewhere" / "scenarios").mkdir()
    Path("scenarios/east.toml").write_bytes(b"\xff")
    batch("scenarios/east.toml", out="../out")
    told = json.loads((tmp_path / "out" / "summary.json").read_bytes())["scenarios"]
    assert {("", "failed"), ("East", "kept")} == {(each["name"], each["status"]) for each in told}
