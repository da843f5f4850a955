"""The centre program: an alert's life from intake to the open door, and the console over it."""
