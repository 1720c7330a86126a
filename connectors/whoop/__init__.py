"""WHOOP: the export in both generations of columns and any language, and the API v2 with its single-use refresh tokens."""
