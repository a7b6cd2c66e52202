"""Numbers only: random bits, quantile lookup, counts, bookings, compiled by numba.

Imports numpy and numba and nothing of quotarisk; never raises: what can be wrong is caught
while a scenario is turned into arrays.
"""
