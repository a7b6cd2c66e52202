from __future__ import annotations

import os
from pathlib import Path

import pytest

from quotarisk.errors import RunError
from quotarisk.files import make_folder, write_whole


def test_writes_what_it_is_given(tmp_path: Path) -> None:
    """A new file holds the bytes, and nothing else is left in the folder."""
    write_whole(tmp_path / "a.txt", b"whole")

    assert b"whole" == (tmp_path / "a.txt").read_bytes()
    assert ["a.txt"] == [path.name for path in tmp_path.iterdir()]


def test_keeps_rights(tmp_path: Path) -> None:
    """A file that is replaced keeps its rights; a new one has the usual ones."""
    kept = tmp_path / "kept.txt"
    kept.write_bytes(b"old")
    kept.chmod(0o640)

    write_whole(kept, b"new")
    write_whole(tmp_path / "new.txt", b"new")
    (tmp_path / "usual.txt").write_bytes(b"")

    assert b"new" == kept.read_bytes()
    assert 0o640 == kept.stat().st_mode & 0o777
    assert (tmp_path / "usual.txt").stat().st_mode == (tmp_path / "new.txt").stat().st_mode


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing/a.txt", "no such file or directory"), ("folder", "is a directory")],
)
def test_says_what_cannot_be_written(tmp_path: Path, name: str, reason: str) -> None:
    """A path that cannot be written is an error with its reason, and leaves nothing behind."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(RunError, match=f"{name} cannot be written: {reason}"):
        write_whole(tmp_path / name, b"x")

    assert ["folder"] == [path.name for path in tmp_path.iterdir()]


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    """Who keeps the newest report under a link keeps the link."""
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")

    write_whole(tmp_path / "link", b"new")

    assert (True, b"new") == ((tmp_path / "link").is_symlink(), (tmp_path / "file").read_bytes())


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    """What is neither file nor folder is refused, or a rename would put a file in its place."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(RunError, match="pipe cannot be written: it is not a regular file"):
        write_whole(tmp_path / "pipe", b"x")

    assert (tmp_path / "pipe").is_fifo()


def test_failure_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails midway, what stood there before still stands."""
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RunError, match="the disk is full"):
        write_whole(target, b"new")

    assert b"old" == target.read_bytes()
    assert ["a.txt"] == [path.name for path in tmp_path.iterdir()]


def test_makes_folders(tmp_path: Path) -> None:
    """A folder is made with those above it, and may be there already."""
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")

    assert (tmp_path / "a" / "b").is_dir()


def test_says_which_folder_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of a folder is an error with its reason."""
    (tmp_path / "a").write_bytes(b"")

    with pytest.raises(RunError, match=r"a cannot be written: file exists"):
        make_folder(tmp_path / "a")
