"""Panels: meetings, agenda, papers without identity, interests, attendance, quorum for each item, views."""
