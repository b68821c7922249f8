"""The pack of papers: one printed file for a meeting and for each of its items, fixed when it is issued."""
