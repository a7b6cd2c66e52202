"""Parquet files in a bucket, read by polars' own way to it."""

from __future__ import annotations

import os
import re

import polars as pl

from quotarisk.scenario.address import (
    MASK,
    VARIABLE,
    fill_in,
    mask_address,
    on_one_line,
    without_secrets,
)
from quotarisk.scenario.workbook import UnreadableFileError

SCHEMES = (
    *("s3", "s3a"),
    *("gs", "gcs"),
    *("az", "azure", "adl", "abfs", "abfss"),
    *("http", "https"),
    *("hf", "file"),
)
BUCKET = re.compile(rf"\s*({'|'.join(SCHEMES)})://", re.IGNORECASE)
HARMLESS = re.compile(r"[\w.-]*(:\d+)?(/[\w.~%/=*-]*)?", re.ASCII)  # partitions, patterns too
SECRET_NAME = re.compile(r"(AWS|AZURE|GOOGLE|HF)_.*(KEY|SECRET|TOKEN|PASSWORD).*")


def is_bucket(text: str) -> bool:
    """Is this a file in a bucket, or one named by its full address?

    Examples
    --------
    >>> is_bucket("s3://sales/deals.parquet"), is_bucket("postgresql://host/crm")
    (True, False)
    """
    return BUCKET.match(text) is not None


def mask_bucket(address: str) -> str:
    """How may such a name be shown: without the signature of a link, or who may read it?

    Examples
    --------
    >>> mask_bucket("https://host/deals.parquet?X-Amz-Signature=0123"), mask_bucket("s3://a/*/b=1")
    ('https://host/deals.parquet', 's3://a/*/b=1')
    """
    scheme, _, rest = address.partition("://")
    shown = re.split(r"[?#;]", rest, maxsplit=1)[0]
    is_harmless = HARMLESS.fullmatch(VARIABLE.sub("1", shown))
    return f"{scheme}://{shown}" if is_harmless else mask_address(address)


def read_bucket(address: str) -> pl.DataFrame:
    """What is in Parquet files of a bucket?

    Who may read it is polars' business: it looks for credentials where the provider's own
    programs do, such as ``AWS_ACCESS_KEY_ID`` or ``~/.aws``.

    Parameters
    ----------
    address
        ``s3://sales/deals.parquet``, ``gs://``, ``az://``, ``file:///``; ``*`` for several files,
        and ``${NAME}`` for a variable of the environment.

    Raises
    ------
    UnreadableFileError
        If it cannot be read, with polars' words, but for credentials.
    """
    filled = fill_in(address).strip()
    if not re.split(r"[?#]", filled, maxsplit=1)[0].casefold().endswith((".parquet", "/")):
        raise UnreadableFileError("must be a .parquet file where it is in a bucket")
    try:
        return pl.scan_parquet(filled).collect()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of polars is no Exception
        shown = mask_bucket(filled)
        text = str(error).replace(filled, shown)
        for name, value in os.environ.items():
            if SECRET_NAME.fullmatch(name) and value:
                text = text.replace(value, MASK)
        got = on_one_line(text) if shown == filled else without_secrets(text, filled)
        raise UnreadableFileError(
            "must be a Parquet file that can be read", got=got or type(error).__name__
        ) from None
