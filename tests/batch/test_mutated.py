"""Whatever stands in scenarios, a batch ends with reports or plain faults, and stays inside."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

from quotarisk.batch.nightly import run_batch
from tests.scenario.mutations import TEXTS, spoilt_files, write_files

SCENARIOS, PATIENCE_SECONDS = 120, 5.0


def test_mutated_scenarios(tmp_path: Path) -> None:
    """No scenario makes a batch fail in a way that nobody expected, hang or write elsewhere."""
    warm = tmp_path / "warm"
    warm.mkdir()
    # the first run of a machine compiles, and the first page of a process is slow to draw
    run_batch([write_files(warm, {"team.toml": TEXTS[0].encode()})], warm / "out", paths=2)
    shutil.rmtree(warm)
    luck, done = random.Random(7), 0
    for number in range(SCENARIOS):
        place = tmp_path / str(number)
        place.mkdir()
        files = spoilt_files(
            number, text=luck.choice(TEXTS), rounds=luck.choice((1, 1, 2, 3)), whole=number % 4 > 0
        )
        path = write_files(place, files)
        (outcome,) = run_batch([path], place / "out", paths=2, workers=1, fail_under=0.0).outcomes
        done += outcome.status == "done"

        assert outcome.seconds < PATIENCE_SECONDS, files["team.toml"]
        assert not [fault for fault in outcome.faults if "quotarisk failed" in fault.rule]
        assert {*files, "out"} == {file.name for file in place.iterdir()}
        page = (place / "out" / "index.html").read_text(encoding="utf-8")
        assert not re.search("<script|<img|<b>", page)
    assert [str(number) for number in range(SCENARIOS)] == sorted(
        (file.name for file in tmp_path.iterdir()), key=int
    )
    assert 20 <= done <= 100
