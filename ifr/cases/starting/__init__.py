"""Before a request is begun: one page of ticks that says where else to go, and the short address that leads to it."""
