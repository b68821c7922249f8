"""People: who works with the service, for which organisation, in which role, and how they sign in."""
