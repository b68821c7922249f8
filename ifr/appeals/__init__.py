"""Reconsideration and appeal: grounds, review panel, findings, directions."""
