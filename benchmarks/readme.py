"""Rewrite what the README shows: the main job's real output.

Run it as ``python -m benchmarks.readme README.md`` after a change of figures or screens.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from quotarisk.files import write_whole

COMMAND = ("-m", "quotarisk", "run", "scenarios/saas_team.toml")
WIDTH = "80"


def fill(text: str, name: str, content: str) -> str:
    """Put content between the markers ``<!-- name:begin -->`` and ``<!-- name:end -->``.

    Raises
    ------
    ValueError
        If the markers are not there exactly once.
    """
    pattern = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    filled, count = pattern.subn(lambda match: match[1] + content + match[2], text)
    if count != 1:
        raise ValueError(f"there must be one pair of {name} markers, found {count}")
    return filled


def main_output(root: Path) -> str:
    """What does the README's main job print, 80 columns wide?"""
    return subprocess.run(
        [sys.executable, *COMMAND],
        check=True,
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "COLUMNS": WIDTH},
    ).stdout


def main(readme: Path) -> None:
    """Rewrite the output block of a README that stands at the project's root."""
    block = f"```text\n{main_output(readme.resolve().parent).rstrip()}\n```\n"
    text = fill(readme.read_text(encoding="utf-8"), "output", block)
    write_whole(readme, text.encode("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
