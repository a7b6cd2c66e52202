"""``python -m quotarisk``."""

from __future__ import annotations

from quotarisk.cli.main import main

if __name__ == "__main__":
    main(prog_name="python -m quotarisk")
