"""How the service itself is doing: its jobs, what failed, and whether it is sound."""
