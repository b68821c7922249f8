"""The timetable: days off, what a commissioner holds itself to, and what the clock reminds of, chases and proposes."""
