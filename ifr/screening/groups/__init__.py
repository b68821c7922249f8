"""Whether several requests are one question about a group of patients: watched, and never held against any of them."""
