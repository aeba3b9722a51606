"""Answers for assistants, by the Model Context Protocol: read-only tools over the library; nothing is computed here."""
