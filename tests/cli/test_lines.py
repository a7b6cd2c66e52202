from __future__ import annotations

import pytest

from quotarisk.cli.lines import as_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b.toml", "a b.toml"),
        ("a\r\nb\t\x00\x7f\x85", r"a\r\nb\t\x00\x7f\x85"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("t\udcff.toml", r"t\udcff.toml"),
        ("हिन्दी \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", None),
    ],
)
def test_as_line(text: str, expected: str | None) -> None:
    """What ends a line or steers a terminal is told by its number; letters of any script stay."""
    assert (text if expected is None else expected) == as_line(text)
