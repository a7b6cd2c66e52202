from __future__ import annotations

import re

from syrupy.assertion import SnapshotAssertion

from quotarisk.reporting.reply_page import draw_reply_page
from tests.reporting.outline import outline
from tests.reporting.replies import EVIL, named_table, reply, stress_table


def test_structure(snapshot: SnapshotAssertion) -> None:
    """The answer, a section a table, what is doubtful and the source, in this order."""
    assert snapshot == "\n".join(outline(draw_reply_page(reply())).lines)


def test_it_asks_nothing_of_a_network() -> None:
    """Nothing is loaded from anywhere, and a browser would refuse to."""
    page = draw_reply_page(reply())

    assert [] == re.findall(r"https?:|//[a-z]|@import|url\(", page.replace("://", ""))
    assert "default-src 'none'" in page
    assert "unsafe-eval" not in page


def test_headings_have_a_scope_and_figures_stand_right() -> None:
    """Who listens to the page hears what a figure is, and who sees it can compare figures."""
    tags = outline(draw_reply_page(reply())).tags
    headings = [told for tag, told in tags if tag == "th"]

    assert {"col", "row"} == {told.get("scope") for told in headings}
    assert 4 + 1 == sum(told.get("class") == "figure" for told in headings)


def test_figures_and_small_errors() -> None:
    """A figure stands before its error, which is small; no change bears no sign."""
    page = draw_reply_page(reply(stress_table()))

    assert '50.0 <span class="error">±3.2</span>' in page
    assert '0.0 <span class="error">±0.0</span>' in page


def test_only_chances_are_shaded() -> None:
    """A change is no chance, so it has no colour of one."""
    assert 3 == draw_reply_page(reply()).count('style="background')


def test_words_are_literal() -> None:
    """Names with markup in them are shown as they are written, and run nothing."""
    page = draw_reply_page(reply())

    assert not any(f">{name}<" in page for name in EVIL if name.startswith("<"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<h1>Starter &amp; &lt;b&gt;Co&lt;/b&gt;</h1>" in page


def test_the_source_is_told() -> None:
    """Seed, paths, hash and version stand at the foot."""
    footer = draw_reply_page(reply()).split("<footer>")[1]

    assert "1,000 paths, seed 7; scenario 0123456789ab; quotarisk 1.2.3." in footer


def test_long_tables_are_folded_and_cut() -> None:
    """A hundred rows of the first table stand open, forty of others; of many the first ones."""
    first = [draw_reply_page(reply(stress_table(rows))) for rows in (100, 101, 1000, 1002)]
    later = [draw_reply_page(reply(named_table(), stress_table(rows))) for rows in (40, 41)]

    assert [0, 1, 1, 1, 0, 1] == [page.count("<details>") for page in (*first, *later)]
    assert [100, 101, 1000, 1000] == [page.count("<tbody") for page in first]
    assert ["2 more rows are left out here"] == re.findall(
        r"\d more rows are left out here", "".join(first)
    )


def test_without_tables_rows_or_doubts() -> None:
    """An empty table says so, one table needs no list of sections, and no doubt no list."""
    page = draw_reply_page(reply(stress_table(0), cautions=()))

    assert "None." in page
    assert ("<nav" in page, '<ul class="cautions">' in page) == (False, False)
    assert "<nav" in draw_reply_page(reply(stress_table(), named_table()))


def test_same_text() -> None:
    """The same reply gives the same page."""
    assert draw_reply_page(reply()) == draw_reply_page(reply())
