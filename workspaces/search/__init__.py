"""Finding: what the index keeps of a thing's words, what somebody asked for, and how a result reads.

The index holds stems and nothing else. Who may find a thing is asked of the thing itself, in every search."""
