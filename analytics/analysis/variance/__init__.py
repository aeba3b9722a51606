"""Variance analysis: the change of cost between two periods by price, volume and mix."""
