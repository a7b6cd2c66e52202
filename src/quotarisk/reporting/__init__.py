"""Answers become labelled tables and sentences; the terminal and the data files draw them.

May import ``analysis``, ``calibration``, ``simulation``, ``scenario``, ``periods``,
``errors`` and ``files``.
"""
