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
def show_progress(total: int) -> Iterator[Report | None]:
    """How far is the run? Gives what `simulate` calls; nothing where nobody looks on.

    Parameters
    ----------
    total
        Number of reps.
    """
    if not sys.stderr.isatty():
        yield None
        return
    bar = Progress(
        TextColumn("simulating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("reps"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("reps", total=total)
    # a timer, not the first report: that may come late, as the first run ever compiles
    timer = Timer(PATIENCE_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done, _: bar.update(task, completed=done)
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()
