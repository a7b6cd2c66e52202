# ruff: noqa: E501 - an address and how it is shown stand on one line
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import polars as pl
import pytest

from quotarisk.scenario.buckets import is_bucket, mask_bucket, read_bucket
from quotarisk.scenario.loading import load_scenario
from quotarisk.scenario.workbook import UnreadableFileError

FRAME = pl.DataFrame({"rep": ["Ana"], "date": [date(2027, 1, 1)], "amount": [5000.0]})
TEAM = """
name = "Starter"
start = 2027-01-01
booked = "BOOKED"
[segments.small]
opps_per_week = 2
win_rate = 0.3
deal_size = 8_000
won_cycle_days = 30
[[reps]]
name = "Ana"
"""


def parquet() -> bytes:
    """Write the rows as a file's bytes."""
    buffer = BytesIO()
    FRAME.write_parquet(buffer)
    return buffer.getvalue()


@contextmanager
def store(data: bytes, *, status: int = 200) -> Iterator[tuple[int, list[str]]]:
    """Serve one object as a bucket does, and note what is asked; gives the port."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> bytes:
            asked.append(self.path)
            first, last = 0, len(data) - 1
            told = self.headers.get("Range", "")
            if told:
                low, _, high = told.removeprefix("bytes=").partition("-")
                first = int(low) if low else max(0, len(data) - int(high))
                last = min(last, int(high)) if low and high else last
            part = data[first : last + 1]
            self.send_response(206 if told and status == 200 else status)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
            self.end_headers()
            return part

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.wfile.write(self.answer())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lead_to(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let buckets be on this machine."""
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "s3cret-of-the-bucket",
    }.items():
        monkeypatch.setenv(name, value)


def test_which_names_are_of_a_bucket() -> None:
    """Files by their full address are no databases, and no files beside the scenario."""
    told = ["s3://a/b.parquet", "GS://a", "file:///a", "postgresql://h/a", "C:/a", "s3.parquet"]

    assert [True, True, True, False, False, False] == list(map(is_bucket, told))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3://sales/year=2026/*.parquet", None),
        ("gs://${BUCKET}/deals.parquet", None),
        ("http://127.0.0.1:80/deals.parquet", None),
        ("https://h/a.parquet?X-Amz-Signature=s3cret", "https://h/a.parquet"),
        ("https://h:s3cret/a.parquet", "https://***"),
        ("https://ana:s3cret@h/a.parquet", "https://***@h/a.parquet"),
        ("s3://key:s3cret@sales/a b.parquet", "s3://***"),
    ],
)
def test_names_as_they_are_shown(address: str, shown: str | None) -> None:
    """The place is shown; signatures, users and passwords are not."""
    assert (shown or address) == mask_bucket(address)


def test_a_file_by_its_address(tmp_path: Path) -> None:
    """Without any network: a file's full address, and a pattern for several."""
    FRAME.write_parquet(tmp_path / "booked.parquet")

    assert FRAME.equals(read_bucket((tmp_path / "booked.parquet").as_uri()))
    assert FRAME.equals(read_bucket(f"{tmp_path.as_uri()}/*.parquet"))


def test_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario's table comes from a bucket, whose name may be a variable."""
    monkeypatch.setenv("BUCKET", "sales")
    (tmp_path / "team.toml").write_text(TEAM.replace("BOOKED", "s3://${BUCKET}/booked.parquet"))
    with store(parquet()) as (port, asked):
        lead_to(port, monkeypatch)
        scenario = load_scenario(tmp_path / "team.toml")

    assert [("Ana", 5000.0)] == [(row.rep, row.amount) for row in scenario.booked or ()]
    assert {"/sales/booked.parquet"} == set(asked)


def test_a_bucket_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a bucket says is told without the secrets of the environment."""
    told = b"<Error><AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId> s3cret-of-the-bucket</Error>"
    with store(told, status=403) as (port, _):
        lead_to(port, monkeypatch)
        with pytest.raises(UnreadableFileError) as caught:
            read_bucket("s3://closed/booked.parquet")

    assert "must be a Parquet file that can be read" == caught.value.must
    assert caught.value.got
    assert "AKIAEXAMPLE" not in caught.value.got
    assert "s3cret" not in caught.value.got


@pytest.mark.parametrize(
    ("said", "got"),
    [
        (OSError("no https://h/a.parquet?Signature=s3cret"), "no https://h/a.parquet"),
        (OSError("Signature=s3cret: expired"), "***: expired"),
        (BaseException(), "BaseException"),
        (OSError("AKIAEXAMPLE"), "***"),
    ],
)
def test_no_signature_is_told(
    monkeypatch: pytest.MonkeyPatch, said: BaseException, got: str
) -> None:
    """A link's signature is not told, whatever polars says."""

    def fail(address: str) -> pl.LazyFrame:
        assert "https://h/a.parquet?Signature=s3cret" == address
        raise said

    monkeypatch.setattr(pl, "scan_parquet", fail)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    with pytest.raises(UnreadableFileError) as caught:
        read_bucket("https://h/a.parquet?Signature=s3cret")
    assert got == caught.value.got


def test_who_stops_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt is no fault of the bucket."""

    def interrupt(_: str) -> pl.LazyFrame:
        raise KeyboardInterrupt

    monkeypatch.setattr(pl, "scan_parquet", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read_bucket("s3://sales/a.parquet")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3://sales/booked.csv", "the table must be a .parquet file where it is in a bucket (s3://sales/booked.csv)"),
        ("file:///no/booked.parquet?a=s3cret", "the table must be a Parquet file that can be read, got "),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_read(tmp_path: Path, name: str, expected: str) -> None:
    """What is wrong with a table of a bucket is a fault like any other."""
    (tmp_path / "team.toml").write_text(TEAM.replace("BOOKED", name))
    with pytest.raises(ValueError, match="the table must be") as caught:
        load_scenario(tmp_path / "team.toml")

    assert expected in str(caught.value)
    assert "s3cret" not in str(caught.value)
