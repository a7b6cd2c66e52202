"""Names and numbers in sentences."""

from __future__ import annotations

import pytest

from quotarisk.wording import count_of, list_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ana"], "Ana"),
        (["Ana", "Ben"], "Ana and Ben"),
        (["Ana", "Ben", "Cho", "Dan"], "Ana, Ben, Cho and Dan"),
        (["Ana", "Ben", "Cho", "Dan", "Eve"], "Ana, Ben, Cho and 2 others"),
    ],
)
def test_list_names(names: list[str], expected: str) -> None:
    """Up to four names are told, of more the first three and how many others there are."""
    assert expected == list_names(names)


@pytest.mark.parametrize(("number", "expected"), [(0, "0 reps"), (1, "1 rep"), (2, "2 reps")])
def test_count_of(number: int, expected: str) -> None:
    """A noun agrees with its number."""
    assert expected == count_of(number, "rep")
