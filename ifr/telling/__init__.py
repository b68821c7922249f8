"""Telling people: what happened since somebody last looked, mails, digests, preferences and calendar feeds."""
