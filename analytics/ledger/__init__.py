"""What is kept for ever: the exports as they came and the journal of what was done with them; it knows no database."""
