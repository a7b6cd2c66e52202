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

COMMAND = "run scenarios/saas_team.toml"
HISTORY = (
    "init --history deals.csv --start 2027-01-01",
    "fit deals.csv --as-of 2026-12-31 -o fitted --quota-from 'last-quarter*1.1'",
    "backtest deals.csv",
)
STRESS = "stress scenarios/finance_plan.toml --no-builtin"
QUOTAS = "quotas scenarios/finance_plan.toml"
SDR_AE = "scenarios/sdr_ae.toml"
ANSWERED = {  # what is shown of each, by how its paragraphs begin
    "stress": (STRESS, ("Finance plan", "What becomes of the plans")),
    "quotas": (QUOTAS, ("Finance plan", "How much quota lies above a plan?")),
    "goals": (f"goals {SDR_AE}", ("What must each rep do", "How much of the week")),
    "gaps": (f"gaps {SDR_AE}", ("SDR and AE team", "Where does each rep lose")),
    "mix": (f"mix {SDR_AE}", ("What comes of other mixes?",)),
    "time": (f"time {SDR_AE}", ("What comes of keeping more or less?",)),
    "pay": ("pay scenarios/saas_ae_pay.toml", ("SaaS account executives", "What is paid in 2027")),
}
WIDTH = "80"
LEFT_OUT = "…"


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


def excerpt(output: str, starts: tuple[str, ...]) -> str:
    """Keep the paragraphs that begin so; a mark stands between them where others are left out.

    Raises
    ------
    ValueError
        If no paragraph begins so.
    """
    shown: list[str] = []
    paragraphs = output.rstrip().split("\n\n")
    for start in starts:
        if not any(paragraph.startswith(start) for paragraph in paragraphs):
            raise ValueError(f"no paragraph of the output begins with {start!r}")
    for paragraph in paragraphs:
        if paragraph.startswith(starts):
            shown.append(paragraph)
        elif shown[-1:] != [LEFT_OUT]:
            shown.append(LEFT_OUT)
    if shown[-1] == LEFT_OUT:
        shown.pop()
    return "\n\n".join(shown) + "\n"


def printed(line: str, folder: Path | str) -> str:
    """What does a command print, 80 columns wide?"""
    return subprocess.run(
        [sys.executable, "-m", "quotarisk", *shlex.split(line)],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "COLUMNS": WIDTH},
    ).stdout


def main_output(root: Path) -> str:
    """What does the README's main job print?"""
    return printed(COMMAND, root)


def answer_output(name: str, root: Path) -> str:
    """What is shown of a command on the plan that finance holds?"""
    line, starts = ANSWERED[name]
    return f"$ quotarisk {line}\n{excerpt(printed(line, root), starts)}"


def history_output() -> str:
    """What do the commands print that go from a made-up history to its backtest?"""
    with TemporaryDirectory() as folder:
        return "\n".join(f"$ quotarisk {line}\n{printed(line, folder)}" for line in HISTORY)


def main(readme: Path) -> None:
    """Rewrite the output blocks of a README that stands at the project's root."""
    text, root = readme.read_text(encoding="utf-8"), readme.resolve().parent
    for name, output in (
        ("output", main_output(root)),
        ("history", history_output()),
        *((name, answer_output(name, root)) for name in ANSWERED),
    ):
        text = fill(text, name, f"```text\n{output.rstrip()}\n```\n")
    write_whole(readme, text.encode("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
