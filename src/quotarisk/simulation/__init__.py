"""A scenario becomes tables, tables become bookings, bookings become a simulation.

May import ``scenario``, ``kernel``, ``periods`` and ``errors``. Where work is spread over
threads or other machines is decided here.
"""
