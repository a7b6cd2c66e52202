from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from quotarisk.batch.disk import (
    disk_errors,
    is_part,
    list_names,
    make_durable,
    part_of,
    point,
    remove,
    sync,
)
from quotarisk.errors import RunError


def test_links_are_replaced(tmp_path: Path) -> None:
    """A link names its new target, also where one was on its way when a run was killed."""
    link = tmp_path / "link"
    part_of(link).symlink_to("litter")
    for target in ("one", "two", "two"):
        point(link, target)
        assert target == os.readlink(link)  # noqa: PTH115
    assert [link] == list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_link(tmp_path: Path) -> None:
    """Somebody else's folder is not replaced by a link."""
    (tmp_path / "link" / "inside").mkdir(parents=True)

    with (
        pytest.raises(RunError, match="link cannot be written: is a directory"),
        disk_errors(tmp_path / "link"),
    ):
        point(tmp_path / "link", "one")


def test_remove(tmp_path: Path) -> None:
    """Folders go with what is in them, links alone; what is gone already is no trouble."""
    for name in ("folder", ".folder.part", "kept"):
        (tmp_path / name / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to("kept")
    remove(tmp_path / ".folder.part")
    for name in ("folder", "link", "gone"):
        remove(tmp_path / name)

    assert ["kept"] == [path.name for path in tmp_path.iterdir()]


def test_reason_without_words(tmp_path: Path) -> None:
    """An error that has no words of the system's tells its own."""
    with pytest.raises(RunError, match="cannot be written: odd"), disk_errors(tmp_path):
        raise OSError("odd")


def test_file_systems_that_do_not_sync_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a folder cannot be synced at all is let pass; a disk that fails is not."""
    code = errno.EINVAL

    def fail(_: int) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(os, "fsync", fail)
    sync(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="no"):
        sync(tmp_path / "file")
    code = errno.EIO
    with pytest.raises(OSError, match="no"):
        sync(tmp_path)


@pytest.mark.parametrize(
    ("name", "folder", "ours"),
    [
        (".12.part", True, True),
        (".2027-01-01.part", False, True),
        (".ab12_xyz.part", False, True),
        (".ab12_xyz.part", True, False),
        (".video.part", True, False),
        ("model.part", False, False),
    ],
)
def test_what_is_swept_is_ours(tmp_path: Path, name: str, folder: bool, ours: bool) -> None:
    """Parts of runs, of links and of files are; what others call a part is not."""
    path = tmp_path / name
    if folder:
        path.mkdir()
    else:
        path.touch()
    assert ours == is_part(path)


def test_nothing_is_in_what_is_not_there(tmp_path: Path) -> None:
    """A folder that is not there, or is a file, has nothing in it."""
    (tmp_path / "file").touch()

    assert ((), ()) == (list_names(tmp_path / "gone"), list_names(tmp_path / "file"))
    assert (tmp_path / "file",) == list_names(tmp_path)


def test_what_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may be written to but not read is let pass; a file is not."""

    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "open", deny)
    make_durable(tmp_path / "folder")

    assert (tmp_path / "folder").is_dir()
    with pytest.raises(PermissionError):
        sync(tmp_path / "file")
