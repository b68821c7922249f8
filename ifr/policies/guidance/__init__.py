"""Guidance of national bodies: what is on record, what happened to it, and where it bears on a request."""
