"""The edge program: sensors in, durable findings out."""
