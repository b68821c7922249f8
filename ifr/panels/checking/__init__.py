"""The identity check of papers: what agrees with the patient, and what a person makes of each place."""
