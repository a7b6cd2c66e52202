"""Any reply for other programs: JSON with all of its tables, under the keys that they bear."""

from __future__ import annotations

from dataclasses import asdict

from quotarisk.reporting.data import (
    SCHEMA_VERSION,
    write_caution,
    write_line,
    write_list,
    write_object,
)
from quotarisk.reporting.reply import Reply


def reply_as_json(reply: Reply) -> bytes:
    """What is the whole reply, as one JSON object?

    Returns
    -------
    bytes
        ``schema_version``, ``title``, ``sentences``, ``currency``, ``provenance``, ``note``,
        ``cautions`` (``code``, ``about``, ``text``), then the rows of each table under its key.
        UTF-8, and it ends with a line break.
    """
    return write_object(
        {
            "schema_version": write_line(SCHEMA_VERSION),
            "title": write_line(reply.title),
            "sentences": write_line(reply.sentences),
            "currency": write_line(reply.currency),
            "provenance": write_line(asdict(reply.provenance)),
            "note": write_line(" ".join(reply.notes)),
            "cautions": write_list(map(write_caution, reply.cautions)),
            **{table.key: write_list(table.frame.iter_rows(named=True)) for table in reply.tables},
        }
    )
