"""Follow-up of funded treatment: its start, reports of the result, stopping, completion."""
