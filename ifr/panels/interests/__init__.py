"""Interests: whoever sits on a case says first whether he or she has one, and sees nothing of the case before."""
