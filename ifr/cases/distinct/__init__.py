"""Distinct, as a comparison: with whom the patient is compared, and remarks on what is said to set the patient apart."""
