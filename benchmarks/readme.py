"""Rewrite what the README shows: the real output of its commands.

Run it as ``python -m benchmarks.readme README.md`` after a change of figures or screens.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from quotarisk.files import write_whole

COMMAND = ("-m", "quotarisk", "run", "scenarios/saas_team.toml")
HISTORY = (
    "init --history deals.csv --start 2027-01-01",
    "fit deals.csv --as-of 2026-12-31 -o fitted --quota-from 'last-quarter*1.1'",
    "backtest deals.csv",
)
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


def history_output() -> str:
    """What do the commands print that go from a made-up history to its backtest?"""
    told = []
    with TemporaryDirectory() as folder:
        for line in HISTORY:
            ran = subprocess.run(
                [sys.executable, "-m", "quotarisk", *shlex.split(line)],
                check=True,
                capture_output=True,
                text=True,
                cwd=folder,
                env={**os.environ, "COLUMNS": WIDTH},
            )
            told.append(f"$ quotarisk {line}\n{ran.stdout}")
    return "\n".join(told)


def main(readme: Path) -> None:
    """Rewrite the output blocks of a README that stands at the project's root."""
    text = readme.read_text(encoding="utf-8")
    for name, output in (
        ("output", main_output(readme.resolve().parent)),
        ("history", history_output()),
    ):
        text = fill(text, name, f"```text\n{output.rstrip()}\n```\n")
    write_whole(readme, text.encode("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
