from __future__ import annotations

import pytest

from quotarisk.calibration.aliases import ALIASES, KNOWN_WORDS, OUTCOME_WORDS, plain, plain_word


def test_a_name_means_one_thing() -> None:
    """No usual column name stands for two roles, and no outcome word for two outcomes."""
    names = [name for group in ALIASES.values() for name in {plain(name) for name in group}]
    words = [plain_word(word) for group in OUTCOME_WORDS.values() for word in group]

    assert (len(names), len(words)) == (len(set(names)), len(KNOWN_WORDS))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("closedwon", "won"),
        ("6 - Closed Won", "won"),
        ("CLOSED_LOST", "lost"),
        ("3. Proposal/Price Quote", "open"),
        ("Deleted", "ignored"),
    ],
)
def test_words_of_crms_are_known(word: str, expected: str) -> None:
    """Outcome words are known whatever their capitals, signs and numbers of stages."""
    assert expected == KNOWN_WORDS[plain_word(word)]


def test_a_word_of_digits_stays() -> None:
    """A word that is only a number is compared as it is."""
    assert "12" == plain_word("12")
