"""What the world sent, landed unchanged: take-out archives and activity files."""
