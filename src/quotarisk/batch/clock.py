"""The time of day, for manifests, the index and the log: nothing else knows it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Which time is it, in UTC and to the second?"""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
