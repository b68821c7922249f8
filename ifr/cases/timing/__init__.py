"""The clock of a request on its pages: every date explained day by day, more time, and matters that have a date of their own."""
