"""The clinician's side of a request: written as a draft, sent, followed. The office may log one on a clinician's behalf."""
