"""A process that kills batches and looks at what they leave; `test_killed` starts it.

A process of its own, because it forks: a fork of the tests' process would inherit the locks of
polars' threads without the threads. Here everything is imported and compiled before the first
fork, but no polars frame is made outside the children. So a batch begins at once and takes some
0.1 s, and hundreds of them can be killed in a minute. They are real but for the page, which is a
large file that is quickly made.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quotarisk.batch import nightly, runs
from quotarisk.batch.index import draw_index
from quotarisk.batch.summary import Summary
from quotarisk.errors import QuotariskError
from quotarisk.files import write_whole
from quotarisk.reporting.data import as_json, as_parquet
from quotarisk.reporting.report import results_of
from quotarisk.scenario.loading import load_scenario
from quotarisk.simulation.simulation import Simulation, simulate

TEAM = """
name = "{name}"
start = {start}
months = 3

[segments.small]
opps_per_week = 2.0
win_rate = 0.3
deal_size = {{ median = 8_000, p90 = 17_000 }}
won_cycle_days = {{ median = 30, p90 = 70 }}

[[reps]]
name = "Ana"
quota = {{ month = {quota} }}
"""
NAMES = ("First team", "../Second team")
STARTS = ("2027-01-01", "2027-02-01")
DISK = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate")
UNEXPECTED = 70


def write_page(simulation: Simulation, out: str | Path) -> tuple[Path, ...]:
    """Stand in for `write_report`: tables, and a page that takes a while to write."""
    results, folder = results_of(simulation), Path(out)
    write_whole(folder / "attainment.parquet", as_parquet(results.attainment.frame))
    write_whole(folder / "answer.json", as_json(results))
    write_whole(folder / "report.html", b"<html>" + b"-" * 300_000 + b"</html>\n")
    return ()


def run(place: Path) -> int:
    """Run the batch; how does it end?"""
    scenarios, out = place / "scenarios", place / "reports"
    try:
        batch = nightly.run_batch([scenarios], out, paths=2, workers=1, keep=2)
    except QuotariskError as error:
        (place / f"refused.{os.getpid()}").write_text(str(error))
        return error.exit_status
    for outcome in batch.outcomes:
        for fault in outcome.faults:
            (place / f"faults.{os.getpid()}").write_text(str(fault))
    return batch.exit_status


def fork(act: Callable[[], int]) -> int:
    """Do something in a child."""
    child = os.fork()
    if child:
        return child
    status = UNEXPECTED
    try:
        status = act()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def wait(child: int) -> int:
    """How did a child end: its exit status, or the signal that killed it, as a negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Watcher:
    """What was seen so far, and must not be lost."""

    place: Path
    newest: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, says: bool, what: str) -> None:
        """Note what is wrong."""
        if not says:
            self.wrong.append(what)

    def look(self) -> None:
        """Whatever has a name must be whole, and what was good before must still be there."""
        out = self.place / "reports"
        for home in [path for path in out.glob("*/runs") if path.is_dir()]:
            there = {int(run.name): run for run in home.iterdir() if run.name.isdigit()}
            for folder in there.values():
                self._look_at_run(folder)
            links = {link.name: link for link in home.parent.iterdir() if link.is_symlink()}
            for link in links.values():
                if not link.name.startswith("."):
                    self.check(link.resolve() in there.values(), f"{link} names nothing")
            name, last = home.parent.name, max(there, default=0)
            self.check(last >= self.newest.get(name, 0), f"{name} has lost its last good run")
            if name in self.newest:
                self.check(any(n in STARTS for n in links), f"{name} has no link any more")
                self.newest[name] = max(last, self.newest[name])
        for name in self.newest:
            self.check((out / name / "runs").is_dir(), f"{name} is gone")
        self._look_at_index(out)

    def _look_at_links(self, home: Path) -> None:
        """The link of each start must name its newest run."""
        newest = dict[str, str]()
        for number in sorted(int(run.name) for run in (home / "runs").iterdir()):
            told = json.loads((home / "runs" / str(number) / "manifest.json").read_bytes())
            newest[told["start"]] = f"runs/{number}"
        links = {link.name: str(link.readlink()) for link in home.iterdir() if link.is_symlink()}
        self.check(newest == links, f"{home} has the links {links}, not {newest}")

    def _look_at_run(self, folder: Path) -> None:
        try:
            manifest = json.loads((folder / "manifest.json").read_bytes())
            for output in manifest["outputs"]:
                data = (folder / output["file"]).read_bytes()
                self.check(
                    hashlib.sha256(data).hexdigest() == output["sha256"], f"{folder} is half"
                )
            self.check(len(manifest["outputs"]) == 3, f"{folder} lacks a file")
        except (OSError, ValueError) as error:
            self.wrong.append(f"{folder} is half: {error}")

    def _look_at_index(self, out: Path) -> None:
        if not self.newest:
            return
        try:
            page = (out / "index.html").read_text()
            summary = json.loads((out / "summary.json").read_bytes())
            self.check(page.endswith("</html>\n"), "the index is half")
            for entry in summary["scenarios"]:
                for made in [entry["newest"], *entry["earlier"]]:
                    self.check((out / made["page"]).is_file(), f"{made['page']} leads nowhere")
        except (OSError, ValueError, TypeError) as error:
            self.wrong.append(f"index: {error}")

    def recover(self) -> None:
        """The next run must succeed, answer what is asked now, and leave no litter."""
        status = wait(fork(lambda: run(self.place)))
        said = [path.read_text() for path in self.place.glob("*.[0-9]*")]
        self.check(status == 0, f"the next run ended with {status}: {said}")
        out = self.place / "reports"
        litter = [str(path) for path in out.rglob(".*") if path.name != ".lock"]
        self.check(not litter, f"left: {litter}")
        for entry in json.loads((out / "summary.json").read_bytes())["scenarios"]:
            self.check(entry["status"] in ("done", "unchanged"), f"{entry}")
            run_folder = out / entry["newest"]["folder"]
            manifest = json.loads((run_folder / "manifest.json").read_bytes())
            asked = load_scenario(manifest["file"]).fingerprint
            self.check(asked == manifest["scenario_hash"], f"{run_folder} is of other inputs")
        for home in {path.parent for path in out.glob("*/runs")}:
            self._look_at_links(home)
        for entry in json.loads((out / "summary.json").read_bytes())["scenarios"]:
            home = out / entry["newest"]["folder"].split("/")[0]
            self.newest[home.name] = max(int(r.name) for r in (home / "runs").iterdir())
        self.look()


def change(place: Path, luck: random.Random, number: int) -> None:
    """Change one of the scenarios, or both."""
    for name in luck.sample(NAMES, luck.choice((1, 1, 2))):
        text = TEAM.format(name=name, start=luck.choice(STARTS), quota=20_000 + number)
        (place / "scenarios" / f"{NAMES.index(name)}.toml").write_text(text)


def killed_at(place: Path, moment: int) -> int:
    """Run until the disk is asked for so many things in the folder, and die there."""
    left = moment

    def count(event: str, told: tuple[Any, ...]) -> None:
        nonlocal left
        if event in DISK and str(told[0]).startswith(f"{place}/reports"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def act() -> int:
        sys.addaudithook(count)
        return run(place)

    return wait(fork(act))


def main(place: Path, *, kills: int, seed: int, control: bool) -> dict[str, Any]:
    """Kill batches: at each thing that is done to the disk, and at random moments.

    As a control runs may be written where they belong, not under another name: what is half
    there must be seen.
    """
    luck = random.Random(seed)
    if control:
        runs.__dict__["part_of"] = lambda path: path
    nightly.__dict__["write_report"] = write_page
    (place / "scenarios").mkdir()
    for name in NAMES:
        text = TEAM.format(name=name, start=STARTS[0], quota=20_000)
        (place / "scenarios" / f"{NAMES.index(name)}.toml").write_text(text)
    simulate(load_scenario(place / "scenarios" / "0.toml"), paths=2, workers=1)
    draw_index(Summary("", "", 0, "", None, ()))
    watcher = Watcher(place)
    begun = time.monotonic()
    killed = alone = both = moment = 0

    def kill_alone(child: int) -> None:
        nonlocal killed, alone
        time.sleep(luck.uniform(0, usual))
        os.kill(child, signal.SIGKILL)
        died = wait(child) == -signal.SIGKILL
        killed, alone = killed + died, alone + died

    while True:  # each thing that a batch does to the disk, the first run of all included
        moment += 1
        change(place, luck, moment)
        if killed_at(place, moment) != -signal.SIGKILL:
            break
        watcher.look()
        if watcher.wrong:
            break
        if moment % 5 == 0:
            watcher.recover()
    watcher.recover()
    change(place, luck, 9_000)
    clock = time.monotonic()
    watcher.recover()
    usual = time.monotonic() - clock
    rounds = recovered = 0
    while killed < kills and not watcher.wrong:
        rounds += 1
        change(place, luck, 10_000 + rounds)
        first = fork(lambda: run(place))
        if rounds % 4:
            kill_alone(first)
        else:
            time.sleep(luck.uniform(0, 0.3 * usual))
            second = fork(lambda: run(place))
            time.sleep(luck.uniform(0, usual))
            os.kill(first, signal.SIGKILL)
            if luck.random() < 0.5:
                time.sleep(luck.uniform(0, usual))
                os.kill(second, signal.SIGKILL)
            ends = [wait(first), wait(second)]
            watcher.check({*ends} <= {0, 1, -signal.SIGKILL}, f"two at a time ended with {ends}")
            killed, both = killed + ends.count(-signal.SIGKILL), both + 1
        watcher.look()
        for path in place.glob("refused.*"):
            # who had the lock may have been killed before it signed
            watcher.check("is locked: " in path.read_text(), path.read_text())
            path.unlink()
        if rounds % 2:  # so that litter of two kills may lie about
            clock = time.monotonic()
            watcher.recover()
            recovered += 1
            usual = 0.7 * usual + 0.3 * (time.monotonic() - clock)  # as busy as the machine is
    watcher.recover()
    return {
        "moments": moment - 1,
        "killed": killed,
        "alone": alone,
        "pairs": both,
        "usual_seconds": round(usual, 3),
        "seconds": round(time.monotonic() - begun, 1),
        "recovered": recovered + 1,
        "wrong": watcher.wrong,
    }


if __name__ == "__main__":
    given, kills, seed, *control = sys.argv[1:]
    print(json.dumps(main(Path(given), kills=int(kills), seed=int(seed), control=bool(control))))
