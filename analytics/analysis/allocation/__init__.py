"""Cost allocation: what each owner's keys cost, and how shared costs are split."""
