"""The registers of those who sit on panels: terms, deputies, training, and what each has an interest in."""
