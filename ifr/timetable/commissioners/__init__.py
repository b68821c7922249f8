"""What a commissioner holds itself to, changed on a page: a new version with its first day, a second person, a preview."""
