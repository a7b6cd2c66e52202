"""Nightly runs: many scenarios into one folder, whole or not at all, with nobody watching.

It may import everything below the command line. What a folder looks like::

    DIR/index.html, DIR/summary.json      all scenarios, newest first
    DIR/.lock                             who is at work in it
    DIR/<name>/<start>                    a link to the newest run of that start
    DIR/<name>/runs/<number>/             a run: what `write_report` writes, and manifest.json
"""
