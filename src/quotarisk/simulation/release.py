"""Which quotarisk is this? Only the same one gives the same bits."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from quotarisk.errors import RunError
from quotarisk.kernel.compiling import SOURCES


def package_version() -> str:
    """Which quotarisk is this?"""
    try:
        return version("quotarisk")
    except PackageNotFoundError:  # pragma: no cover - a source tree that was never installed
        return "unknown"


@dataclass(frozen=True)
class Stamp:
    """The version, and a number that changes with any file of the kernel."""

    version: str = field(default_factory=package_version)
    kernel: int = SOURCES

    def check(self) -> None:
        """Refuse to work for another one.

        Raises
        ------
        RunError
            If this one, on a worker, is of another version.
        """
        here = Stamp()
        if here != self:
            raise RunError(
                f"workers must have the same quotarisk as who asks, {self}, got {here}: "
                "install the same version on all of them"
            )

    def __str__(self) -> str:
        return f"{self.version} (kernel {self.kernel:014x})"
