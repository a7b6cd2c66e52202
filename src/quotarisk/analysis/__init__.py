"""One question a file: a simulation becomes answers.

May import ``simulation``, ``scenario``, ``kernel``, ``periods`` and ``errors``.
"""
