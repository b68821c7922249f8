"""The room while a meeting is on: who is there for each item, what is being discussed, and the minutes."""
