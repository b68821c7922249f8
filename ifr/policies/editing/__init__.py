"""The register as its keepers use it: documents are read into drafts, drafts are confirmed, proposed and published."""
