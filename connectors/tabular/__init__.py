"""Plain tables for everything that has no reader of its own: one header for activities, one for nights."""

from connectors.tabular.description import format_text

__all__ = ["format_text"]
