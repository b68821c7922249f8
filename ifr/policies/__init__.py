"""Commissioning policies: what a commissioner funds, for whom, from which day; and which policy a request
meets."""
