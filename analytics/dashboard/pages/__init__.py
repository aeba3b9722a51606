"""The pages: one script each, run by app.py inside its error boundary."""
