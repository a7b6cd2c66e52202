"""From a CRM's history to a scenario.

May import `scenario`, `kernel`, `files`, `periods`, `caution` and `errors`.
"""
