"""What is asked: the team, its quotas, its market; read, checked and written.

May import ``periods`` and ``errors``, and nothing else of quotarisk.
"""
