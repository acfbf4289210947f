"""What evidence shows, and that its code prints the number."""
