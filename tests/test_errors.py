from __future__ import annotations

import pickle

import pytest

from quotarisk.errors import (
    ArgumentError,
    Fault,
    InputError,
    QuotariskError,
    RunError,
    suggest,
)

FULL = Fault("team.toml", "reps[2].win_rate", "win_rate must be a number", "'x'", "try 0.3")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (
            FULL,
            "win_rate must be a number, got 'x' (team.toml: reps[2].win_rate); try 0.3",
        ),
        (Fault("", "start", "start must be given"), "start must be given (start)"),
        (Fault("a.csv", "", "the table must be there"), "the table must be there (a.csv)"),
        (Fault("", "", "it must be"), "it must be"),
    ],
)
def test_fault_in_words(fault: Fault, expected: str) -> None:
    """A fault says what is allowed, what stands there, where, and a hint."""
    assert expected == str(fault)


def test_input_error_holds_all_faults() -> None:
    """An input error lists its faults, one a line, and survives the way between processes."""
    other = Fault("", "start", "start must be given")
    error = InputError(iter([FULL, other]))

    assert (FULL, other) == error.faults
    assert f"{FULL}\n{other}" == str(error)
    assert error.faults == pickle.loads(pickle.dumps(error)).faults


@pytest.mark.parametrize(
    ("kind", "status", "builtin"),
    [
        (QuotariskError, 1, Exception),
        (InputError, 2, ValueError),
        (ArgumentError, 2, ValueError),
        (RunError, 1, RuntimeError),
    ],
)
def test_exit_status(kind: type[QuotariskError], status: int, builtin: type[Exception]) -> None:
    """Each error knows the exit status, and is the builtin error that fits it too."""
    assert status == kind.exit_status
    assert issubclass(kind, builtin)
    assert issubclass(kind, QuotariskError)


@pytest.mark.parametrize(
    ("wrong", "allowed", "expected"),
    [
        ("win_rte", ["win_rate", "deal_size"], "did you mean 'win_rate'?"),
        ("xyz", ["month", "quarter"], "allowed: 'month', 'quarter'"),
        ("xyz", [], ""),
        ("xyz", [f"k{number}" for number in range(13)], ""),
    ],
)
def test_suggest(wrong: str, allowed: list[str], expected: str) -> None:
    """The nearest allowed word is suggested, else all of them where they are few."""
    assert expected == suggest(wrong, allowed)
