"""What files may hang on messages, what they say, and how they look."""
