"""Names of files and folders, as commands take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from quotarisk.scenario.address import is_address, mask_address
from quotarisk.scenario.buckets import is_bucket, mask_bucket


class Place(click.Path):
    """A name that is not empty: an empty variable of a script must not mean the folder it is in.

    Nothing else is asked of it here. Whether it can be read is said by who reads it: of many
    scenarios one that cannot be must not stop the others.

    Parameters
    ----------
    path_type
        What it is given as; text where it is left out.
    on_disk
        Whether the address of a database is refused: as a path it would make folders that bear a
        password's name. Paths are.
    """

    def __init__(self, *, path_type: type[Path] | None = None, on_disk: bool | None = None) -> None:
        super().__init__(readable=False, path_type=path_type)
        self.on_disk = path_type is not None if on_disk is None else on_disk

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Take a name as it stands, or refuse it."""
        if value == "":
            self.fail("the name of a file or folder must not be empty, got ''", param, ctx)
        if self.on_disk and isinstance(value, str) and is_address(value):
            shown = mask_bucket(value) if is_bucket(value) else mask_address(value)
            self.fail(f"it must be a file or folder here, got {shown}", param, ctx)
        return super().convert(value, param, ctx)
