"""The demonstration: its accounts, its cases walked by real moves at their own dates, and bulk rows."""
