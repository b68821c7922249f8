"""Completeness, jurisdiction, policy, exceptionality, the group question: the screening record."""
