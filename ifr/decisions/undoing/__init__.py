"""What happens to a decision after it was confirmed: a slip corrected, the decision set aside, an order carried out."""
