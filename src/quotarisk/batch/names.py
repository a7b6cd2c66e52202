"""The folder that a scenario's name stands for."""

from __future__ import annotations

import hashlib
import unicodedata

MOST_BYTES = 120  # a file's name may have 255, and a part of a folder has more than its name
LETTERS = "LNM"  # categories of Unicode: letters, numbers and the marks on them


def _cut(name: str) -> str:
    return name.encode()[:MOST_BYTES].decode(errors="ignore").rstrip("-")


def may_be_folder_name(name: str) -> bool:
    """Could a scenario be named so that this is its folder?

    Examples
    --------
    >>> may_be_folder_name("mid-market-saas"), may_be_folder_name("lost+found")
    (True, False)
    """
    return all(letter == "-" or unicodedata.category(letter)[0] in LETTERS for letter in name)


def folder_name(name: str) -> str:
    """Which folder does a scenario's name stand for?

    Letters and digits of any script in lower case, and hyphens for the rest: no dots, no
    separators. What is cut, or has no letter at all, bears a part of the name's hash. Names that
    differ in more than that have folders of their own.

    Examples
    --------
    >>> folder_name("Mid-market SaaS"), folder_name("../../etc/passwd")
    ('mid-market-saas', 'etc-passwd')
    """
    plain = unicodedata.normalize("NFC", name.casefold())
    words = "".join(
        letter if unicodedata.category(letter)[0] in LETTERS else " " for letter in plain
    )
    slug = "-".join(words.split())
    if slug and len(slug.encode()) <= MOST_BYTES:
        return slug
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{_cut(slug) or 'scenario'}-{mark}"
