"""The dated table of bank holidays and closures: a change is previewed, approved once, and told to those it touches."""
