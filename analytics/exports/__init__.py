"""From what the vendor ships to checked text and rows: everything about the export's format lives here and nowhere else."""
