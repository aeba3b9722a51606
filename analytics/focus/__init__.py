"""Charges as a FOCUS file for other tools of finance, with its metadata beside it; what the charges are is a question's answer."""
