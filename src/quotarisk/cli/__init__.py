"""Thin commands: they read options, call what is below, and deliver the answer.

May import everything. ``main`` imports click and the standard library only: a command's own
module is loaded when the command is called.
"""
