"""The README is executed: what it shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks.readme import (
    ANSWERED,
    excerpt,
    fill,
    history_output,
    main,
    main_output,
)

import quotarisk as qr

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The README's code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_output_shown_is_the_real_one() -> None:
    """A reader sees what the command prints today."""
    assert main_output(ROOT).rstrip() == blocks("text")[0].rstrip()


def test_the_way_from_a_history_is_the_real_one() -> None:
    """So does who follows the way from a history to its backtest."""
    assert history_output().rstrip() == blocks("text")[1].rstrip()


def test_what_finance_is_shown_is_short() -> None:
    """A screen is enough to see what a command is good for; that it is real is tested below."""
    shown = blocks("text")[2:]

    assert [f"$ quotarisk {line}" for line, _ in ANSWERED.values()] == [
        block.split("\n")[0] for block in shown
    ]
    assert all(block.count("\n") < 45 for block in shown)


def test_an_excerpt_marks_what_is_left_out() -> None:
    """Paragraphs stay as they are and in their order; of one that is not there nothing is shown."""
    told = "a b\nc\n\nd\n\ne\n\nf g\n"

    assert "a b\nc\n\n…\n\nf g\n" == excerpt(told, ("f", "a"))
    assert "a b\nc\n" == excerpt(told, ("a",))
    with pytest.raises(ValueError, match="no paragraph of the output begins with 'z'"):
        excerpt(told, ("a", "z"))


def test_the_output_is_rewritten_in_place(tmp_path: Path) -> None:
    """The script that fills the README in leaves all else alone, and changes nothing twice."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    emptied = README
    for name in ("output", "history", *ANSWERED):
        emptied = fill(emptied, name, "")
    (tmp_path / "README.md").write_text(emptied, encoding="utf-8")
    main(tmp_path / "README.md")
    assert README == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_output_begins_before_line_30() -> None:
    """Who opens the page sees a result at once."""
    assert README.split("\n").index("```text") < 30


def test_missing_markers_are_an_error() -> None:
    """The script does not pass over a README that it cannot fill."""
    with pytest.raises(ValueError, match="one pair of output markers, found 0"):
        fill("nothing here", "output", "x")


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block[:20])
def test_python_blocks_run(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands there in Python works as it stands."""
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})
    assert "" != capsys.readouterr().out


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block[:20])
def test_toml_blocks_are_scenarios(block: str, tmp_path: Path) -> None:
    """What stands there in TOML loads and runs."""
    file = tmp_path / "readme.toml"
    file.write_text(block, encoding="utf-8")
    assert 1 <= len(qr.simulate(qr.load_scenario(file), paths=100).reps)
