"""Reports that write themselves: what is due, what it is made of, and how it comes into a folder; it knows no timer."""
