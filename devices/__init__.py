"""From a frame or a payload to readings."""
