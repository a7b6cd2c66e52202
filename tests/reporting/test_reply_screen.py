from __future__ import annotations

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion

from quotarisk.reporting.reply_screen import draw_reply
from tests.reporting.replies import named_table, reply, stress_table

ESCAPE = "\x1b"


@pytest.mark.parametrize("width", [40, 80])
def test_screen(width: int, snapshot: SnapshotAssertion) -> None:
    """The answer comes first, then each table below its title, doubts and the source."""
    told = draw_reply(reply(), width=width)

    assert width >= max(map(cell_len, told.splitlines()))
    assert snapshot == told


def test_words_are_literal() -> None:
    """Markup in names is shown as it is written."""
    told = draw_reply(reply(named_table()), width=100)

    for text in ("<b>Co</b>", "=1+1 ", "<script>", "[red]x[/red] "):
        assert text in told


def test_alike_cautions_are_counted_wherever_they_stand() -> None:
    """Of five cautions of one code three are told, though another stands between them."""
    told = draw_reply(reply(), width=100)

    assert "! The same holds for 2 more: --format json tells them all.\n" in told
    assert ("R3: few" in told, "R4: few" in told) == (True, False)


def test_without_doubts() -> None:
    """Where nothing is doubtful, nothing is said of it."""
    assert "!" not in draw_reply(reply(cautions=()), width=80)


def test_long_table_on_a_terminal() -> None:
    """A table that is longer than the terminal is cut to its first rows, in their order."""
    told = draw_reply(reply(stress_table(300), named_table()), width=80, lines=42)

    assert "\nthe first 30; 270 more: --all, or --format csv --table stress\n" in told
    assert told.index(" R0 ") < told.index(" R29 ")
    assert " R30 " not in told


def test_small_terminal() -> None:
    """Ten rows are shown in any terminal, and whole tables are not said to be cut."""
    told = draw_reply(reply(stress_table(10)), width=80, lines=5)

    assert ("R9" in told, "--all" in told) == (True, False)


def test_all_rows_elsewhere() -> None:
    """Where there is no terminal every row is shown."""
    assert " R299 " in draw_reply(reply(stress_table(300)), width=80)


def test_an_empty_table_says_so() -> None:
    """A question whose answer is nobody is answered."""
    assert "\nWhat if it gets worse?\nnone\n" in draw_reply(reply(stress_table(0)), width=80)


def test_style(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal there is bold type; elsewhere there is none."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert f"{ESCAPE}[1mStarter" in draw_reply(reply(), width=80, styled=True)
    assert ESCAPE not in draw_reply(reply(), width=80)
