"""The post: letters on their way, checked by two people, printed, delivered or come back."""
