"""Named questions: one SQL file each, a scope, and the frame that answers."""
