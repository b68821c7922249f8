"""The office calendar, the time that requests take in each stage, and what a date would become."""
