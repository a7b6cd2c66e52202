"""The progress bar: on stderr, where that is a terminal and the run takes its time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from quotarisk.simulation.simulation import Progress as Report

PATIENCE_SECONDS = 1.0  # a run that is done by then shows no bar


@contextmanager
def show_progress(
    total: int, doing: str = "simulating", parts: str = "reps"
) -> Iterator[Report | None]:
    """How far is the run? Gives what `simulate` and others call; nothing where nobody looks on.

    Parameters
    ----------
    total
        Number of parts, until the first report tells it.
    doing, parts
        What is done to what.
    """
    if not sys.stderr.isatty():
        yield None
        return
    bar = Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(parts),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(parts, total=total)
    # a timer, not the first report: that may come late, as the first run ever compiles
    timer = Timer(PATIENCE_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, known: bar.update(task, completed=done, total=known)
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()
