"""Texts in the visitor's language: catalogues, column labels and error texts."""
