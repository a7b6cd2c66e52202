"""Lines of a log: what stands on one must stay on it, whatever files are called."""

from __future__ import annotations

import unicodedata

ODD = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode: control, surrogates, ends of lines


def as_line(text: str) -> str:
    r"""How does a text stand on one line? Line breaks and what steers a terminal by their number.

    Examples
    --------
    >>> as_line("a\nb.toml \x1b[2J")
    'a\\nb.toml \\x1b[2J'
    """
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter) in ODD else letter
        for letter in text
    )
