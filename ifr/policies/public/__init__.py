"""The register as anybody reads it, without signing in: pages, JSON and a feed of changes at addresses that stay."""
