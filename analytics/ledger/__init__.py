"""What is kept: the exports as evidence, the journal of acts, and the database that is built from both."""
