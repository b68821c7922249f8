"""`python -m ifr.commands` is the command `ifr`."""

from ifr.commands import main

main()
