"""Worklists across rooms, and what the office has to do today."""
