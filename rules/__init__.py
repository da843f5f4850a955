"""What happened in a home, and what it means: the vocabulary and the judgements. Pure: no I/O, no clock."""
