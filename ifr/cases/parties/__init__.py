"""Whom a request is about and who stands behind it: a death, and a change of clinician, provider or commissioner."""
