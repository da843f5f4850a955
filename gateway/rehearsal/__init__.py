"""Shows people what rules would have found on a home's own past, before they are switched on."""
