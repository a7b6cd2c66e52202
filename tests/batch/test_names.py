from __future__ import annotations

import pytest
from hypothesis import given

from quotarisk.batch.names import MOST_BYTES, folder_name
from tests.scenario.strategies import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mid-market SaaS", "mid-market-saas"),
        ("  Łukasz O'Hara ", "łukasz-o-hara"),
        ("../../etc/passwd", "etc-passwd"),
        ("<b>bold</b>", "b-bold-b"),
        ("हिन्दी", "हिन्दी"),
        ("..", "scenario-5ec1f7e7"),
    ],
)
def test_folder_name(name: str, expected: str) -> None:
    """A folder's name has the letters of the scenario's, and nothing that a path means."""
    assert expected == folder_name(name)


def test_long_names() -> None:
    """Long names are cut, between letters, and differ by what was cut off."""
    one, other = (folder_name(f"{'€é' * 95}{end}") for end in "ab")

    assert one != other
    assert len(one.encode()) <= MOST_BYTES + 10


@given(name=names)
def test_any_name(name: str) -> None:
    """Whatever the name, its folder's is one that every file system takes, always the same."""
    folder = folder_name(name)

    assert folder == folder_name(name)
    assert not {"/", "\\", ".", " ", "\0"} & set(folder)
    assert 0 < len(folder.encode()) <= MOST_BYTES + 10
