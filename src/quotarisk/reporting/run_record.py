"""A run as a database keeps it: what was asked, and tables whose columns never vary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import polars as pl
from polars import selectors

from quotarisk.caution import Caution
from quotarisk.periods import CADENCES
from quotarisk.reporting.reply import Reply
from quotarisk.reporting.results import Results
from quotarisk.simulation.simulation import Provenance

PREFIX = "quotarisk_"
RUN, BATCH = "run", "batch"  # their tables bear their own names only
ID_LETTERS = 32
RUNS, CAUTIONS = f"{PREFIX}runs", f"{PREFIX}cautions"
RUN_ID, ROW = "run_id", "row_no"
# these say over again, with a column a stress, what another table has rows for
PIVOTED = (("stress", "stress_reps"),)
# a column for each segment of the scenario: one of JSON is the same for every scenario
BY_SEGMENT = dict.fromkeys((("mix", "mix"), ("mix", "best"), ("pay", "mixes")), "share_")
SHARES = "shares"

_BY_CADENCE = tuple(
    f"p_hit_{cadence}{end}" for cadence in CADENCES for end in ("", "_se", "_change", "_change_se")
)
_CAUSES = ("deals", "rates", "quotas", "people", "time")
_BY_CAUSE = tuple(
    f"{cause}{end}" for cause in _CAUSES for end in ("", "_se", "_amount", "_amount_se")
)
# an answer has these for cadences with a quota, and for causes that there are; a database always
EVERY = {
    **dict.fromkeys((("mix", "mix"), ("time", "time")), _BY_CADENCE),
    ("time", "hour"): tuple(name for name in _BY_CADENCE if "_change" in name),
    **dict.fromkeys((("diff", "team"), ("diff", "reps"), ("diff", "periods")), _BY_CAUSE),
}


@dataclass(frozen=True)
class RunRecord:
    """What a command was asked, and what it answers.

    Parameters
    ----------
    command
        Its name.
    options
        What the answer depends on beside the scenario, the seed and the paths.
    provenance
        Where the figures come from.
    currency
        What amounts are in.
    note
        What the answer leaves out on purpose.
    cautions
        What is doubtful.
    tables
        By the names that programs know them by.
    """

    command: str
    options: Mapping[str, object]
    provenance: Provenance
    currency: str
    note: str
    cautions: tuple[Caution, ...]
    tables: Mapping[str, pl.DataFrame] = field(repr=False)

    @property
    def run_id(self) -> str:
        """The same for the same scenario, seed, paths, version, command and options."""
        told = [self.command, self._options, asdict(self.provenance)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:ID_LETTERS]

    @property
    def _options(self) -> str:
        return json.dumps(self.options, sort_keys=True, default=str)

    @property
    def frames(self) -> dict[str, pl.DataFrame]:
        """The tables of a database, by their names there: the run itself comes first.

        Each begins with ``run_id``, and all but that of runs go on with ``row_no``, from 1.
        """
        made = self.provenance
        run = {
            RUN_ID: self.run_id,
            "command": self.command,
            "options": self._options,
            "scenario": made.scenario,
            "scenario_hash": made.scenario_hash,
            "seed": str(made.seed),  # any whole number: no integer of a database holds them all
            "paths": made.paths,
            "version": made.version,
            "currency": self.currency,
            "note": self.note,
        }
        cautions = pl.DataFrame(
            [(each.code, json.dumps(each.about), each.text) for each in self.cautions],
            schema={"code": pl.String, "about": pl.String, "text": pl.String},
            orient="row",
        )
        told = {
            table_name(self.command, key): _settled(self.command, key, frame)
            for key, frame in self.tables.items()
            if (self.command, key) not in PIVOTED
        }
        return {
            RUNS: pl.DataFrame([run]),
            **{name: self._keyed(frame) for name, frame in {CAUTIONS: cautions, **told}.items()},
        }

    def _keyed(self, frame: pl.DataFrame) -> pl.DataFrame:
        numbered = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
        return numbered.select(pl.lit(self.run_id).alias(RUN_ID), pl.all())


def table_name(command: str, key: str) -> str:
    """What is the table of an answer called in a database?

    Examples
    --------
    >>> table_name("run", "attainment"), table_name("stress", "stress")
    ('quotarisk_attainment', 'quotarisk_stress')
    >>> table_name("stress", "stress_risk"), table_name("stress", "bands")
    ('quotarisk_stress_risk', 'quotarisk_stress_bands')
    """
    if command in (RUN, BATCH) or key == command or key.startswith(f"{command}_"):
        return PREFIX + key
    return f"{PREFIX}{command}_{key}"


def _settled(command: str, key: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Give a table the columns that it has for every scenario, of types that databases have."""
    prefix = BY_SEGMENT.get((command, key))
    if prefix is not None:
        names = [name for name in frame.columns if name.startswith(prefix)]
        rows = frame.select(names).rename(lambda name: name.removeprefix(prefix)).to_dicts()
        shares = pl.Series(SHARES, [json.dumps(row) for row in rows], pl.String)
        place = frame.get_column_index(names[0]) if names else frame.width  # nobody has a mix
        frame = frame.clone().insert_column(place, shares).drop(names)  # it inserts in place
    absent = [name for name in EVERY.get((command, key), ()) if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in absent)
    return frame.with_columns(
        selectors.float().cast(pl.Float64).fill_nan(None),
        selectors.integer().cast(pl.Int64),
        (~selectors.numeric() & ~selectors.boolean()).cast(pl.String),
    )


def record_results(results: Results, *, command: str, options: Mapping[str, object]) -> RunRecord:
    """How does a database keep what a run answers?"""
    return RunRecord(
        command,
        options,
        results.provenance,
        results.scenario.currency,
        " ".join(results.notes),
        results.cautions,
        results.tables,
    )


def record_reply(reply: Reply, *, command: str, options: Mapping[str, object]) -> RunRecord:
    """How does a database keep a reply?"""
    return RunRecord(
        command,
        options,
        reply.provenance,
        reply.currency,
        " ".join(reply.notes),
        reply.cautions,
        {table.key: table.frame for table in reply.tables},
    )
