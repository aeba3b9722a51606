"""`keyspend run`: what happens by itself."""
