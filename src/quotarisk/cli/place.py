"""Names of files and folders, as commands take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class Place(click.Path):
    """A name that is not empty: an empty variable of a script must not mean the folder it is in.

    Nothing else is asked of it here. Whether it can be read is said by who reads it: of many
    scenarios one that cannot be must not stop the others.
    """

    def __init__(self, *, path_type: type[Path] | None = None) -> None:
        super().__init__(readable=False, path_type=path_type)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Take a name as it stands, or refuse it."""
        if value == "":
            self.fail("the name of a file or folder must not be empty, got ''", param, ctx)
        return super().convert(value, param, ctx)
