"""Batches in places that are not as one would wish: real processes, and what they say."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import quotarisk
from tests.batch.killing import STARTS, TEAM

SOURCES = Path(quotarisk.__file__).parent
PR_CAPBSET_DROP, CAPABILITIES = 24, range(41)


def drop_rights() -> None:
    """Let root be held to the rights of files as everybody is."""
    if os.getuid() == 0:
        for capability in CAPABILITIES:
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def limit_files() -> None:
    """Let the disk be full at 6 kB a file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder with one scenario."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    text = TEAM.format(name="Team", start=STARTS[0], quota=20_000)
    (folder / "team.toml").write_text(text)
    return folder


def batch(
    scenarios: Path,
    out: Path,
    *words: str,
    before: Callable[[], None] | None = None,
    **environment: str,
) -> tuple[int, list[str]]:
    """Run a batch in a process: its exit status, and the lines that it writes to stderr."""
    options = ("--paths", "50", "--workers", "1", *words)
    told = subprocess.run(
        [sys.executable, "-m", "quotarisk", "batch", str(scenarios), "--out", str(out), *options],
        env={"PATH": os.defpath, "PYTHONPATH": str(SOURCES.parent), **environment},
        preexec_fn=before,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "" == told.stdout
    return told.returncode, told.stderr.splitlines()


def everything(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the lock, also through links, with their bytes."""
    files = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return {str(f): f.read_bytes() for f in files if f.is_file() and f.name != ".lock"}


def test_no_home(scenarios: Path, tmp_path: Path) -> None:
    """Cron may not say where home is: that is no trouble."""
    status, told = batch(scenarios, tmp_path / "out")

    assert (0, 1) == (status, len(told))
    assert (tmp_path / "out" / "team" / STARTS[0] / "manifest.json").is_file()


def test_home_and_package_are_read_only(scenarios: Path, tmp_path: Path) -> None:
    """Where nothing may be written but the reports, the code is compiled anew and it works."""
    package = tmp_path / "site" / "quotarisk"
    shutil.copytree(SOURCES, package, ignore=shutil.ignore_patterns("__pycache__"))
    home = tmp_path / "home"
    home.mkdir()
    for place, _, _ in [*os.walk(package), *os.walk(home)]:
        Path(place).chmod(0o555)
    status, told = batch(
        scenarios,
        tmp_path / "out",
        before=drop_rights,
        HOME=str(home),
        PYTHONPATH=str(package.parent),
        NUMBA_OPT="0",
    )

    assert (0, 1) == (status, len(told))
    assert [] == [*home.iterdir(), *package.rglob("__pycache__")]
    assert (tmp_path / "out" / "team" / STARTS[0] / "manifest.json").is_file()


@pytest.mark.parametrize("place", ["out", "out/inner"])
def test_folder_without_permission(scenarios: Path, tmp_path: Path, place: str) -> None:
    """A folder that may not be written to is named, with status 1; nothing changes."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o555)
    status, told = batch(scenarios, tmp_path / place, before=drop_rights)

    named = tmp_path / place / ".lock" if place == "out" else tmp_path / place
    assert (1, [f"error: {named} cannot be written: permission denied"]) == (status, told)
    assert [] == list((tmp_path / "out").iterdir())


def test_scenario_folder_without_permission(scenarios: Path, tmp_path: Path) -> None:
    """One scenario's folder that may not be written to is its fault: status 4, told in both."""
    out = tmp_path / "out"
    batch(scenarios, out)
    before = everything(out / "team")
    (out / "team" / "runs").chmod(0o555)
    status, told = batch(scenarios, out, "--seed", "1", before=drop_rights)

    assert 4 == status
    assert "team.toml: failed in " in told[0]
    assert f"{out / 'team' / 'runs' / '2'} cannot be written: permission denied" in told[1]
    assert "1 of 1 scenario failed" == told[2]
    assert before == everything(out / "team")
    (entry,) = json.loads((out / "summary.json").read_bytes())["scenarios"]
    assert ("failed", told[1].removeprefix("error: ")) == (
        entry["status"],
        entry["faults"][0]["text"],
    )
    assert (out / entry["newest"]["folder"] / "manifest.json").is_file()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    words = [mount or "mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk)]
    if mount is None or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(scenarios: Path, small_disk: Path) -> None:
    """On a full disk the run fails with its reason; the last good one stays, nothing is half."""
    out = small_disk / "out"
    (small_disk / "filling").write_bytes(b"-" * 12_000_000)
    assert 0 == batch(scenarios, out)[0]
    before = everything(out)
    with (small_disk / "filling").open("ab") as file:
        while True:
            try:
                os.write(file.fileno(), b"-" * 4096)
            except OSError:
                break
    status, told = batch(scenarios, out, "--seed", "1")

    assert 1 == status
    assert "no space left on device" in told[1]
    assert told[-1].endswith("cannot be written: no space left on device")
    assert before == everything(out)
    (small_disk / "filling").unlink()
    assert 0 == batch(scenarios, out, "--seed", "1")[0]


def test_file_size_limit(scenarios: Path, tmp_path: Path) -> None:
    """Where files may not be as large as needed, that is told, and nothing is half written."""
    out = tmp_path / "out"
    # Python would cut its own compiled files at the limit, and stumble over them later
    status, told = batch(scenarios, out, before=limit_files, PYTHONDONTWRITEBYTECODE="1")

    assert 4 == status
    assert "cannot be written: file too large" in told[1]
    assert {"summary.json", "index.html"} >= {Path(name).name for name in everything(out)}
    assert not (out / "team").exists()
    assert 0 == batch(scenarios, out)[0]


@pytest.fixture
def two(scenarios: Path, tmp_path: Path) -> Path:
    """A folder with reports of two scenarios."""
    text = TEAM.format(name="Other", start=STARTS[0], quota=20_000)
    (scenarios / "other.toml").write_text(text)
    assert 0 == batch(scenarios, tmp_path / "out")[0]
    return tmp_path / "out"


@pytest.mark.parametrize("place", ["other", "other/runs"])
@pytest.mark.parametrize("words", [(), ("--keep", "1")])
def test_home_that_cannot_be_read(
    scenarios: Path, two: Path, place: str, words: tuple[str, ...]
) -> None:
    """One scenario's folder that nobody may look into is its fault; the others have their night."""
    (two / place).chmod(0)
    try:
        status, told = batch(scenarios, two, "--seed", "1", *words, before=drop_rights)
    finally:
        (two / place).chmod(0o755)
    entries = json.loads((two / "summary.json").read_bytes())["scenarios"]

    assert 4 == status
    assert f"{scenarios / 'other.toml'}: failed in " in told[0]
    why = f"{two / place} cannot be read: permission denied ({scenarios / 'other.toml'})"
    assert f"error: {why}" == told[1]
    assert f"{scenarios / 'team.toml'}: done in " in told[2]
    assert ["1 of 2 scenarios failed"] == told[3:]
    assert {("Other", "failed", why), ("Team", "done", None)} == {
        (e["name"], e["status"], e["faults"][0]["text"] if e["faults"] else None) for e in entries
    }
    assert 0 == batch(scenarios, two, "--seed", "1", before=drop_rights)[0]


@pytest.mark.parametrize("name", ["other.toml", "folder"])
def test_scenario_that_cannot_be_read(scenarios: Path, tmp_path: Path, name: str) -> None:
    """A file, or a folder of files, that nobody may read is one fault among others too."""
    (scenarios / "folder").mkdir()
    (scenarios / "folder" / "a.toml").write_text("")
    (scenarios / "other.toml").write_text("")
    (scenarios / name).chmod(0)
    words = [scenarios / "other.toml"] if name == "other.toml" else [scenarios / "folder"]
    words += [scenarios / "folder" / "a.toml"] if name == "folder" else []
    try:
        status, told = batch(
            scenarios / "team.toml", tmp_path / "out", *map(str, words), before=drop_rights
        )
    finally:
        (scenarios / name).chmod(0o755)

    assert 4 == status
    assert "team.toml: done in " in told[0]
    assert len(words) == sum("permission denied" in line for line in told)
    assert f"{len(words)} of {len(words) + 1} scenarios failed" == told[-1]
